"""What is counted for the operator (Prometheus); no label ever holds anything personal."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram("yuimaru_request_seconds", "Time to answer, by operation and status", ["operation", "status"])
ATTEMPTS = Counter("yuimaru_attempts_total", "Sending attempts, by gateway and outcome", ["gateway", "outcome"])
OUTBOX = Gauge("yuimaru_outbox_waiting", "Deliveries that are not yet handed over")
OUTBOX_AGE = Gauge("yuimaru_outbox_age_p95_seconds", "Age that 95 of 100 waiting deliveries don't reach")
TROUBLES = Gauge("yuimaru_troubles", "How much is wrong with the outbox, by kind of trouble", ["kind"])
