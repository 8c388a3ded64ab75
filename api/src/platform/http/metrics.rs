//! Counters for `/metrics` (Prometheus text). Labels are routes and codes, never people.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds in seconds: from a cache hit to the request time-out.
const BUCKETS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 15.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct JobLabels {
    kind: String,
    outcome: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct QueueLabels {
    status: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: String,
}

/// The metrics of one process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    latency: Histogram,
    jobs: Family<JobLabels, Counter>,
    queue: Family<QueueLabels, Gauge>,
    kv_failures: Counter,
    risk_ranks: Family<OutcomeLabels, Counter>,
    text_reviews: Family<OutcomeLabels, Counter>,
    taken_together: Family<OutcomeLabels, Counter>,
    publication_lag: Gauge,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::default();
        let latency = Histogram::new(BUCKETS);
        let jobs = Family::default();
        let queue = Family::default();
        let kv_failures = Counter::default();
        let risk_ranks = Family::default();
        let text_reviews = Family::default();
        let mut registry = Registry::with_prefix("sanjin");
        registry.register("http_requests", "Requests by route and status", requests.clone());
        registry.register("http_request_seconds", "Time to answer", latency.clone());
        registry.register("jobs", "Finished runs of jobs by outcome", jobs.clone());
        registry.register("job_queue", "Jobs by status", queue.clone());
        registry.register(
            "kv_failures",
            "Redis operations that fell back to the process",
            kv_failures.clone(),
        );
        registry.register(
            "risk_ranks",
            "Questions to WeChat about an account by outcome",
            risk_ranks.clone(),
        );
        registry.register("text_reviews", "Reviewed texts by outcome", text_reviews.clone());
        let taken_together = Family::default();
        registry.register(
            "bookings_together",
            "Requests for places that came while others were served, by outcome",
            taken_together.clone(),
        );
        let publication_lag = Gauge::default();
        registry.register(
            "articles_publication_lag_seconds",
            "How long the oldest scheduled article has been due",
            publication_lag.clone(),
        );
        Self {
            registry: Arc::new(registry),
            requests,
            latency,
            jobs,
            queue,
            kv_failures,
            risk_ranks,
            text_reviews,
            taken_together,
            publication_lag,
        }
    }
}

impl Metrics {
    pub fn count_request(&self, route: String, status: u16, elapsed: Duration) {
        self.requests.get_or_create(&RequestLabels { route, status }).inc();
        self.latency.observe(elapsed.as_secs_f64());
    }

    pub fn count_job(&self, kind: &str, outcome: &str) {
        let labels = JobLabels { kind: kind.to_owned(), outcome: outcome.to_owned() };
        self.jobs.get_or_create(&labels).inc();
    }

    pub fn set_queue(&self, status: String, count: i64) {
        self.queue.get_or_create(&QueueLabels { status }).set(count);
    }

    pub fn count_kv_failure(&self) {
        self.kv_failures.inc();
    }

    pub fn count_risk_rank(&self, outcome: &str) {
        self.risk_ranks.get_or_create(&OutcomeLabels { outcome: outcome.to_owned() }).inc();
    }

    pub fn count_text_review(&self, outcome: String) {
        self.text_reviews.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    pub fn count_taken_together(&self, outcome: &str) {
        self.taken_together.get_or_create(&OutcomeLabels { outcome: outcome.to_owned() }).inc();
    }

    pub fn set_publication_lag(&self, seconds: i64) {
        self.publication_lag.set(seconds);
    }

    /// The exposition text.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _written = encode(&mut text, &self.registry);
        text
    }
}
