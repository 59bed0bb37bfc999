//! What one invocation on demand is counted in, for who measures single invocations.

use super::{Architecture, DURATION_ON_DEMAND, EPHEMERAL_STORAGE, REQUESTS};
use crate::usage::Meter;

/// The meters of an invocation on demand.
#[derive(Debug, Clone, Copy)]
pub struct InvocationMeters {
    /// Requests.
    pub requests: &'static Meter,
    /// GB-seconds of memory.
    pub duration: &'static Meter,
    /// GB-seconds of /tmp beyond [`crate::platform::LAMBDA_INCLUDED_STORAGE`].
    pub ephemeral_storage: &'static Meter,
}

impl InvocationMeters {
    /// Those of an architecture.
    #[must_use]
    pub fn of(architecture: Architecture) -> Self {
        Self {
            requests: architecture.of(&REQUESTS),
            duration: architecture.of(&DURATION_ON_DEMAND.meters),
            ephemeral_storage: architecture.of(&EPHEMERAL_STORAGE),
        }
    }
}
