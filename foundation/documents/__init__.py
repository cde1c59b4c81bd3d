"""What leaves the service as a file: PDF, stamped files, spreadsheets; each says who took it, under which number."""
