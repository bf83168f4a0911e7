//! The one signal that ends listeners, waits and loops.

use std::time::Duration;

use tokio::sync::watch;

/// Asks everything that holds a [`Stop`] to end.
#[derive(Debug, Clone)]
pub struct StopHandle(watch::Sender<bool>);

/// Seen by whoever has to end in time.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl StopHandle {
    /// A fresh signal and its first observer.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
    }

    /// Gives the signal; it cannot be taken back.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether the signal was given.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for the signal; also ends when its sender is gone.
    pub async fn stopped(&self) {
        // An error means that nobody can give the signal any more, which ends things just as well.
        drop(self.0.clone().wait_for(|stopped| *stopped).await);
    }

    /// Sleeps; `false` when the signal came first.
    pub async fn sleep(&self, duration: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.stopped() => false,
            () = tokio::time::sleep(duration) => true,
        }
    }
}
