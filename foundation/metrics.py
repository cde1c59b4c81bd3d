"""What is counted for the operator (Prometheus); no label ever holds anything personal."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram("yuimaru_request_seconds", "Time to answer, by operation and status", ["operation", "status"])
ATTEMPTS = Counter("yuimaru_attempts_total", "Sending attempts, by gateway and outcome", ["gateway", "outcome"])
OUTBOX = Gauge("yuimaru_outbox_waiting", "Deliveries that are not yet handed over")
