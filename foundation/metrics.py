"""What is counted for the operator (Prometheus); no label ever holds anything personal."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram("yuimaru_request_seconds", "Time to answer, by operation and status", ["operation", "status"])
ATTEMPTS = Counter("yuimaru_attempts_total", "Sending attempts, by gateway and outcome", ["gateway", "outcome"])
GATEWAY_HEALTH = Gauge("yuimaru_gateway_health", "Points of a gateway, 0 to 100", ["gateway"])
GATEWAY_OPEN = Gauge(
    "yuimaru_gateway_open", "1: messages may go to the gateway; 0: its breaker or a wait", ["gateway"]
)
GATEWAY_IN_FLIGHT = Gauge("yuimaru_gateway_in_flight", "Messages with the gateway, not answered yet", ["gateway"])
OUTBOX = Gauge("yuimaru_outbox_waiting", "Deliveries that are not yet handed over")
OUTBOX_AGE = Gauge("yuimaru_outbox_age_p95_seconds", "Age that 95 of 100 waiting deliveries don't reach")
TROUBLES = Gauge("yuimaru_troubles", "How much is wrong with the outbox, by kind of trouble", ["kind"])
