//! What goes wrong and when: faults, and somebody else's deployments. Counting is per request as it arrives, from 1, retries included.

use std::collections::BTreeMap;

/// The request at which something happens, counted from 1 since the start.
#[derive(Clone, Debug)]
pub(crate) enum At {
    /// The nth request of any kind.
    Request(u64),
    /// The nth request of one operation, such as `("PublishVersion", 2)`.
    Operation(&'static str, u64),
}

/// One kind of trouble at `times` requests in a row (of that operation), from `at` on.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) at: At,
    pub(crate) times: u64,
    pub(crate) kind: FaultKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// 429 TooManyRequestsException, or what the service has in its place.
    Throttle,
    /// 500.
    ServerError,
    /// The request is read, and no answer ever comes. Nothing is done.
    Timeout,
    /// The connection is closed without an answer. Nothing is done.
    Reset,
    /// The request is carried out, and the connection is closed without an answer: the caller cannot know.
    ResetAfterApply,
    /// 403.
    AccessDenied,
    /// 409 ResourceConflictException.
    Conflict,
    /// 412 PreconditionFailedException.
    PreconditionFailed,
    /// The update is accepted and ends as Failed; a version published ends as Failed.
    FailedUpdate,
    /// The update (or the new version) is ready only after so many looks at it; `None`: never.
    StuckInProgress(Option<u32>),
    /// The log tail of an invocation is not base64.
    LogIsNotBase64,
    /// The log tail of an invocation is base64 of something else than a log.
    LogIsNoReport,
}

/// What somebody else does to `$LATEST` behind the tool's back; it is done at once.
#[derive(Clone, Debug)]
pub(crate) enum Deploy {
    Memory(u32),
    Description(&'static str),
    Code(&'static str),
    /// Publishes a version, which also changes the revision of `$LATEST`.
    Publish,
}

/// Everything planned, and the count of requests so far.
#[derive(Default)]
pub(crate) struct Plan {
    faults: Vec<Fault>,
    deploys: Vec<(At, Deploy)>,
    requests: u64,
    by_operation: BTreeMap<String, u64>,
}

impl Plan {
    pub(crate) fn add_fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(crate) fn add_deploy(&mut self, at: At, deploy: Deploy) {
        self.deploys.push((at, deploy));
    }

    /// Counts one request and says what happens at it: deployments before it, and at most one fault (the first planned).
    pub(crate) fn next(&mut self, operation: &str) -> (Vec<Deploy>, Option<FaultKind>) {
        self.requests += 1;
        *self.by_operation.entry(operation.to_owned()).or_default() += 1;
        // How many requests too late this one is: 0 exactly at it; `None` for before, and for another operation.
        let after = |at: &At| match at {
            At::Request(nth) => self.requests.checked_sub(*nth),
            At::Operation(name, nth) if *name == operation => self.by_operation[operation].checked_sub(*nth),
            At::Operation(..) => None,
        };
        let deploys = self.deploys.iter().filter(|(at, _)| after(at) == Some(0)).map(|(_, deploy)| deploy.clone()).collect();
        let fault = self.faults.iter().find(|fault| after(&fault.at).is_some_and(|late| late < fault.times));
        (deploys, fault.map(|fault| fault.kind.clone()))
    }
}

#[test]
fn a_fault_hits_its_requests_and_no_others() {
    let mut plan = Plan::default();
    plan.add_fault(Fault { at: At::Operation("Invoke", 2), times: 2, kind: FaultKind::Throttle });
    plan.add_fault(Fault { at: At::Request(6), times: 1, kind: FaultKind::Reset });
    plan.add_deploy(At::Request(3), Deploy::Publish);
    let operations = ["Invoke", "GetAlias", "Invoke", "Invoke", "Invoke", "GetAlias"];
    let hits: Vec<_> = operations.map(|operation| plan.next(operation)).into_iter().map(|(d, fault)| (d.len(), fault)).collect();
    let throttle = Some(FaultKind::Throttle);
    assert_eq!(hits, [(0, None), (0, None), (1, throttle.clone()), (0, throttle), (0, None), (0, Some(FaultKind::Reset))]);
}
