//! The waits of a runtime retry policy, and the context that each attempt carries.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{RetryPolicy, RetryStrategy};

impl RetryPolicy {
    /// Wait before retry number `retry` (from 1); `None` when the policy is used up.
    pub(super) fn delay(&self, retry: u64) -> Option<Duration> {
        if self.max_retries.is_some_and(|max| retry > max) {
            return None;
        }
        Some(match &self.strategy {
            RetryStrategy::Fixed(delay) => *delay,
            RetryStrategy::Exponential { minimum, .. } if retry == 1 => *minimum,
            RetryStrategy::Exponential { minimum, maximum } => {
                let steps = f64::from(u32::try_from(retry - 2).unwrap_or(u32::MAX)).exp2();
                let random = rand::random_range(0.8..1.2);
                let seconds = minimum.as_secs_f64() * (1.0 + steps * random);
                // Out of range means longer than the maximum by far.
                Duration::try_from_secs_f64(seconds)
                    .unwrap_or(*maximum)
                    .min(*maximum)
            }
        })
    }

    /// `Metadata.RetryContext` of attempt `retry` (0 is the first run).
    pub(super) fn context(&self, function: &str, retry: u64, error: Option<&str>) -> Value {
        let max = self
            .max_retries
            .map_or_else(|| Value::from(-1), Value::from);
        let exception = error.map_or(Value::Null, |message| {
            json!({
                "ClassName": "Microsoft.Azure.WebJobs.Host.FunctionInvocationException",
                "Message": format!("Exception while executing function: Functions.{function}"),
                "Data": null,
                "InnerException": {"ClassName": "System.Net.Http.HttpRequestException", "Message": message},
                "HResult": -2_146_233_088,
                "Source": "azure-functions-host",
            })
        });
        json!({"RetryCount": retry, "MaxRetryCount": max, "Exception": exception, "Instance": null, "State": {}})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_waits_grow_to_the_maximum() {
        let (minimum, maximum) = (Duration::from_secs(5), Duration::from_secs(300));
        let policy = RetryPolicy {
            max_retries: None,
            strategy: RetryStrategy::Exponential { minimum, maximum },
        };
        assert_eq!(policy.delay(1), Some(minimum));
        let third = policy.delay(3).unwrap();
        assert!((13.0..=17.0).contains(&third.as_secs_f64()), "{third:?}");
        assert_eq!(policy.delay(40), Some(maximum));
        assert_eq!(policy.delay(u64::MAX), Some(maximum));
    }

    #[test]
    fn a_count_is_a_count_of_retries() {
        let policy = RetryPolicy {
            max_retries: Some(2),
            strategy: RetryStrategy::Fixed(Duration::from_secs(1)),
        };
        assert_eq!(
            [1, 2, 3].map(|retry| policy.delay(retry).is_some()),
            [true, true, false]
        );
    }
}
