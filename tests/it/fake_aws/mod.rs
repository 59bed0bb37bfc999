//! An AWS account in this process, at wire level: Lambda, CloudWatch Logs, S3 and STS as far as a tuning command talks to them.
//! The client is the real one, told by `AWS_ENDPOINT_URL` where to call. The one idea: be as strict as AWS where emulators are
//! lenient (revisions, conflicts, de-duplicated versions, the 4 KB log tail), fail on demand at any request, and show what the
//! account looks like to its owner before and after. It checks no signatures and no permissions, and runs no code.

mod account;
mod alias;
pub(crate) mod elsewhere;
mod fault;
mod function;
mod http;
mod invoke;
mod lambda;
pub(crate) mod report;
mod service;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use account::{Account, Settings, Snapshot};
use fault::Plan;
use http::{Incoming, Outcome, Reply};
use lambda::Call;
use report::Report;
use service::{Refusal, Service, operation_of};

pub(crate) use fault::{At, Deploy, Fault, FaultKind};
pub(crate) use function::Function;

/// Part of the message of every error that a handler raises: nobody but the function's owner may see it.
pub(crate) const SECRET: &str = "sesame-4711";

/// One request as it arrived, in order of arrival.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) operation: String,
    pub(crate) method: String,
    /// Path and query as sent.
    pub(crate) target: String,
    pub(crate) body: String,
    /// Who signed it; `None` for a request without an Authorization header, which is refused.
    pub(crate) access_key: Option<String>,
}

impl Request {
    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// A parameter of a form, as STS takes it.
    pub(crate) fn form(&self, name: &str) -> Option<String> {
        http::form_value(&self.body, name)
    }
}

#[derive(Clone)]
struct World {
    account: Arc<Mutex<Account>>,
    plan: Arc<Mutex<Plan>>,
    requests: Arc<Mutex<Vec<Request>>>,
    /// The function that somebody else deploys: the first one planted.
    main_function: String,
}

/// The account and its server; it ends when this is dropped.
pub(crate) struct FakeAws {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    world: World,
}

impl FakeAws {
    /// An account with one function.
    pub(crate) fn start(function: Function) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (main_function, mut account) = (function.name.clone(), Account::new());
        account.plant(function);
        let account = Arc::new(Mutex::new(account));
        let world = World { account, plan: Arc::default(), requests: Arc::default(), main_function };
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, served) = (Arc::clone(&stop), world.clone());
        let handler: Arc<http::Handler> = Arc::new(move |incoming| served.handle(&incoming));
        thread::spawn(move || http::serve(&listener, &stopped, &handler));
        Self { address, stop, world }
    }

    /// One more function, such as a processor.
    pub(crate) fn and(self, function: Function) -> Self {
        self.account().plant(function);
        self
    }

    /// An alias that sends a share of its calls to a second version.
    pub(crate) fn share(&self, function: &str, alias: &str, version: &str, weight: &str) {
        let mut account = self.account();
        let alias = account.functions.get_mut(function).unwrap().aliases.get_mut(alias).unwrap();
        alias.routing.insert(version.to_owned(), weight.to_owned());
    }

    /// Other limits, delays, or scale of time.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.account().settings);
    }

    /// An object in S3; `None` is one that must not be read.
    pub(crate) fn object(&self, bucket: &str, key: &str, body: Option<&str>) {
        let body = body.map(|text| text.as_bytes().to_vec());
        self.account().objects.insert((bucket.to_owned(), key.to_owned()), body);
    }

    /// Calls that production made so long ago, as its logs have them.
    pub(crate) fn called(&self, function: &str, age: Duration, json_logs: bool, calls: &[Report]) {
        let mut account = self.account();
        for call in calls {
            invoke::store_lines(&mut account, function, 0, age, json_logs, call);
        }
    }

    pub(crate) fn fault(&self, at: At, times: u64, kind: FaultKind) {
        lock(&self.world.plan).add_fault(Fault { at, times, kind });
    }

    /// Somebody else changes the first function just before a request is handled.
    pub(crate) fn deploy(&self, at: At, change: Deploy) {
        lock(&self.world.plan).add_deploy(at, change);
    }

    /// Nothing goes wrong any more, and what was stuck is over.
    pub(crate) fn calm(&self) {
        *lock(&self.world.plan) = Plan::default();
        self.account().hurry();
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.account().snapshot()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        lock(&self.world.requests).clone()
    }

    /// The names of the operations in order.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.operation).collect()
    }

    /// Every invocation that has ended, as Lambda accounts for it.
    pub(crate) fn reports(&self) -> Vec<Report> {
        self.account().reports.clone()
    }

    /// The most invocations that ran at the same time.
    pub(crate) fn most_in_flight(&self) -> u32 {
        self.account().most_in_flight
    }

    /// Waits until the nth request has arrived, so that a test can interrupt the command there.
    pub(crate) fn wait_for(&self, at: At) {
        let begun = Instant::now();
        let arrived = || match &at {
            At::Request(nth) => count(self.operations().len()) >= *nth,
            At::Operation(name, nth) => count(self.operations().iter().filter(|operation| operation == name).count()) >= *nth,
        };
        while !arrived() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{at:?} has not come; there were {:?}", self.operations());
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// What should never have been asked for: deletions of whole functions, unsigned requests.
    pub(crate) fn catastrophes(&self) -> Vec<String> {
        self.account().catastrophes.clone()
    }

    /// The command `millicent`, with this account as its only AWS and `home` as the place of its files.
    pub(crate) fn millicent(&self, home: &Path, arguments: &[&str]) -> Command {
        millicent(home, &self.endpoint(), arguments)
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        lock(&self.world.account)
    }
}

/// The command `millicent`, with an endpoint as its only AWS and `home` as the place of its files.
pub(crate) fn millicent(home: &Path, endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millicent"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    let nothing = home.join("no-such-file");
    command
        .args(arguments)
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", account::REGION)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", &nothing)
        .env("AWS_SHARED_CREDENTIALS_FILE", &nothing)
        .env("HOME", home)
        .env("XDG_STATE_HOME", home.join("state"))
        .current_dir(home);
    command
}

impl Drop for FakeAws {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // One more connection wakes the listener, which then sees the flag.
        let _ = TcpStream::connect(self.address);
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap()
}

/// A test that has failed in another thread must not hide behind a poisoned lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl World {
    fn handle(&self, incoming: &Incoming) -> Outcome {
        let (service, operation) = operation_of(incoming);
        let access_key = incoming.header("authorization").and_then(|header| {
            let key = header.split_once("Credential=")?.1;
            key.split('/').next().map(str::to_owned)
        });
        lock(&self.requests).push(Request {
            operation: operation.clone(),
            method: incoming.method.clone(),
            target: incoming.target.clone(),
            body: incoming.text(),
            access_key: access_key.clone(),
        });
        let (deploys, fault) = lock(&self.plan).next(&operation);
        for change in &deploys {
            lambda::deploy(&mut lock(&self.account), &self.main_function, change);
        }
        if access_key.is_none() {
            lock(&self.account).catastrophes.push(format!("{operation} came without a signature"));
            let refusal = Refusal::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
            return Outcome::Answer(refusal.reply(service));
        }
        match &fault {
            Some(FaultKind::Timeout) => return Outcome::Silence,
            Some(FaultKind::Reset) => return Outcome::HangUp,
            _ => {}
        }
        let refused = fault.as_ref().and_then(|kind| Refusal::of_fault(kind, service, &operation));
        let result = refused.map_or_else(|| self.carry_out(service, &operation, incoming, fault.as_ref()), Err);
        if fault == Some(FaultKind::ResetAfterApply) {
            return Outcome::HangUp;
        }
        Outcome::Answer(self.with_request_id(service, result.unwrap_or_else(|refusal| refusal.reply(service))))
    }

    fn carry_out(
        &self,
        service: Service,
        operation: &str,
        incoming: &Incoming,
        fault: Option<&FaultKind>,
    ) -> Result<Reply, Refusal> {
        let mut account = lock(&self.account);
        match service {
            Service::Logs => elsewhere::logs(&account, operation, incoming),
            Service::S3 => elsewhere::s3(&account, operation, incoming),
            Service::Sts => elsewhere::sts(operation, incoming),
            Service::Lambda if operation == "Invoke" => {
                let begun = invoke::begin(&mut Call { account: &mut account, incoming, fault })?;
                drop(account);
                let running = match begun {
                    Ok(running) => running,
                    Err(reply) => return Ok(reply),
                };
                thread::sleep(running.wall_time);
                Ok(invoke::finish(&mut lock(&self.account), running, fault))
            }
            Service::Lambda => lambda::control(operation, Call { account: &mut account, incoming, fault }),
        }
    }

    /// Every answer of Lambda has an id; that of an invocation is the one in its log.
    fn with_request_id(&self, service: Service, reply: Reply) -> Reply {
        if service != Service::Lambda || reply.headers.iter().any(|(name, _)| *name == "x-amzn-requestid") {
            return reply;
        }
        let id = invoke::request_id(&mut lock(&self.account));
        reply.with("x-amzn-requestid", id)
    }
}
