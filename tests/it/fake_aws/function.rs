//! A function as a test plants it: what AWS stores about it, and how its code behaves.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// One vCPU's worth of memory.
const ONE_CPU_MB: f64 = 1769.0;

/// What a user cares about in a function's configuration; no revision, no dates. A published version is a copy of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Configuration {
    pub(crate) memory_mb: u32,
    pub(crate) description: String,
    pub(crate) timeout_s: u32,
    pub(crate) environment: BTreeMap<String, String>,
    /// Base64 of the SHA-256 of the package, as AWS gives it.
    pub(crate) code_sha256: String,
    pub(crate) runtime: &'static str,
    pub(crate) architecture: &'static str,
    pub(crate) ephemeral_mb: u32,
    pub(crate) json_logs: bool,
    pub(crate) snap_start: bool,
}

pub(crate) fn code_sha256(code: &str) -> String {
    STANDARD.encode(Sha256::digest(code.as_bytes()))
}

/// Duration in ms at a memory size (MB), for an event.
pub(crate) type Curve = dyn Fn(u32, &Value) -> f64 + Send + Sync;
/// What the function answers to an event.
pub(crate) type Answer = dyn Fn(&Value) -> Value + Send + Sync;

/// How the code behaves. An event can overrule some of it: `{"ms": 50}` is the CPU time, `{"error": "OutOfStock"}` a handler error.
#[derive(Clone)]
pub(crate) struct Behavior {
    pub(crate) curve: Arc<Curve>,
    pub(crate) answer: Arc<Answer>,
    /// Time of INIT (of the restore, with SnapStart).
    pub(crate) init_ms: f64,
    pub(crate) memory_used_mb: u32,
    /// Below this size every call is killed, as happens when the memory is used up.
    pub(crate) floor_mb: u32,
    /// The type of the error that every call ends with.
    pub(crate) error_type: Option<String>,
    /// Standard deviation of the natural logarithm of the duration.
    pub(crate) noise: f64,
    pub(crate) seed: u64,
    /// Bytes that the handler prints before the report, and an extension after it (which pushes the report out of the tail).
    pub(crate) printed_bytes: usize,
    pub(crate) printed_after_report_bytes: usize,
}

/// A function to plant in the account; every method is one property of it.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) configuration: Configuration,
    pub(crate) behavior: Behavior,
    pub(crate) reserved_concurrency: Option<u32>,
    /// Configurations published before the test, oldest first.
    pub(crate) versions: Vec<Configuration>,
    /// Aliases made before the test, to a version.
    pub(crate) aliases: Vec<(String, u64)>,
}

impl Function {
    /// 128 MB, 3 s, 20 ms whatever the size, 100 ms of INIT, nothing published.
    pub(crate) fn named(name: &str) -> Self {
        let configuration = Configuration {
            memory_mb: 128,
            description: String::new(),
            timeout_s: 3,
            environment: BTreeMap::new(),
            code_sha256: code_sha256(name),
            runtime: "python3.13",
            architecture: "x86_64",
            ephemeral_mb: 512,
            json_logs: false,
            snap_start: false,
        };
        let behavior = Behavior {
            curve: Arc::new(|_, _| 20.0),
            answer: Arc::new(|_| serde_json::json!({"statusCode": 200})),
            init_ms: 100.0,
            memory_used_mb: 70,
            floor_mb: 0,
            error_type: None,
            noise: 0.0,
            seed: 1,
            printed_bytes: 0,
            printed_after_report_bytes: 0,
        };
        let (versions, aliases) = (Vec::new(), Vec::new());
        Self { name: name.to_owned(), configuration, behavior, reserved_concurrency: None, versions, aliases }
    }

    pub(crate) fn memory(mut self, memory_mb: u32) -> Self {
        self.configuration.memory_mb = memory_mb;
        self
    }

    pub(crate) fn description(mut self, description: &str) -> Self {
        description.clone_into(&mut self.configuration.description);
        self
    }

    pub(crate) fn timeout(mut self, timeout_s: u32) -> Self {
        self.configuration.timeout_s = timeout_s;
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.configuration.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn code(mut self, code: &str) -> Self {
        self.configuration.code_sha256 = code_sha256(code);
        self
    }

    pub(crate) fn arm64(mut self) -> Self {
        self.configuration.architecture = "arm64";
        self
    }

    pub(crate) fn json_logs(mut self) -> Self {
        self.configuration.json_logs = true;
        self
    }

    pub(crate) fn snap_start(mut self) -> Self {
        self.configuration.snap_start = true;
        self
    }

    pub(crate) fn reserved_concurrency(mut self, calls: u32) -> Self {
        self.reserved_concurrency = Some(calls);
        self
    }

    /// A version published earlier, with the configuration as it is at this point of the chain.
    pub(crate) fn published(mut self) -> Self {
        self.versions.push(self.configuration.clone());
        self
    }

    pub(crate) fn alias(mut self, name: &str, version: u64) -> Self {
        self.aliases.push((name.to_owned(), version));
        self
    }

    /// Duration = fixed + cpu × 1769 / min(memory, knee); 10 + 100 × 1769 / 512 = 355.51 ms at 512 MB. An event's `ms` replaces `cpu`.
    pub(crate) fn cpu_bound(self, fixed_ms: f64, cpu_ms: f64, knee_mb: u32) -> Self {
        self.curve(move |memory_mb, event| {
            let cpu_ms = event["ms"].as_f64().unwrap_or(cpu_ms);
            fixed_ms + cpu_ms * ONE_CPU_MB / f64::from(memory_mb.min(knee_mb))
        })
    }

    pub(crate) fn curve(mut self, curve: impl Fn(u32, &Value) -> f64 + Send + Sync + 'static) -> Self {
        self.behavior.curve = Arc::new(curve);
        self
    }

    pub(crate) fn answers(mut self, answer: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Self {
        self.behavior.answer = Arc::new(answer);
        self
    }

    /// A processor: it answers with the event.
    pub(crate) fn echo(self) -> Self {
        self.answers(Value::clone)
    }

    pub(crate) fn init(mut self, init_ms: f64) -> Self {
        self.behavior.init_ms = init_ms;
        self
    }

    pub(crate) fn memory_used(mut self, memory_used_mb: u32) -> Self {
        self.behavior.memory_used_mb = memory_used_mb;
        self
    }

    pub(crate) fn killed_below(mut self, floor_mb: u32) -> Self {
        self.behavior.floor_mb = floor_mb;
        self
    }

    pub(crate) fn fails_with(mut self, error_type: &str) -> Self {
        self.behavior.error_type = Some(error_type.to_owned());
        self
    }

    pub(crate) fn noise(mut self, sigma: f64, seed: u64) -> Self {
        (self.behavior.noise, self.behavior.seed) = (sigma, seed);
        self
    }

    pub(crate) fn prints(mut self, bytes: usize) -> Self {
        self.behavior.printed_bytes = bytes;
        self
    }

    pub(crate) fn prints_after_report(mut self, bytes: usize) -> Self {
        self.behavior.printed_after_report_bytes = bytes;
        self
    }
}

/// A number in [0, 1) that depends on nothing but its arguments: the same call of the same size is the same in every run,
/// however the calls of several sizes interleave. (The finalizer of SplitMix64: Steele, Lea, Flood 2014.)
fn uniform(seed: u64, memory_mb: u32, call: u64, draw: u64) -> f64 {
    let mut state = seed.wrapping_add(u64::from(memory_mb) << 40).wrapping_add(call << 8).wrapping_add(draw);
    for multiplier in [0xbf58_476d_1ce4_e5b9_u64, 0x94d0_49bb_1331_11eb] {
        state = (state.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ (state >> 30)).wrapping_mul(multiplier);
        state ^= state >> 27;
    }
    f64::from(u32::try_from(state >> 32).unwrap()) / 4_294_967_296.0
}

impl Behavior {
    /// The factor by which the nth call at a size differs from the curve: exp(σ z), z nearly normal (twelve uniform numbers less 6).
    pub(crate) fn noise_factor(&self, memory_mb: u32, call: u64) -> f64 {
        let z: f64 = (0..12).map(|draw| uniform(self.seed, memory_mb, call, draw)).sum::<f64>() - 6.0;
        (self.noise * z).exp()
    }
}

#[test]
fn the_curve_follows_cpu_share_up_to_the_knee() {
    let function = Function::named("f").cpu_bound(10.0, 100.0, 1769);
    let at = |memory_mb, event| ((function.behavior.curve)(memory_mb, &event) * 100.0).round() / 100.0;
    assert_eq!(at(512, Value::Null).to_string(), "355.51"); // 10 + 100 × 1769 / 512
    assert_eq!(at(1769, Value::Null).to_string(), "110");
    assert_eq!(at(3008, Value::Null).to_string(), "110");
    assert_eq!(at(3008, serde_json::json!({"ms": 50})).to_string(), "60");
}

#[test]
fn noise_is_seeded_and_centered() {
    let function = Function::named("f").noise(0.05, 7);
    let logs: Vec<f64> = (0..4000).map(|call| function.behavior.noise_factor(512, call).ln()).collect();
    let mean = logs.iter().sum::<f64>() / 4000.0;
    let deviation = (logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / 3999.0).sqrt();
    assert!(mean.abs() < 0.003 && (deviation - 0.05).abs() < 0.003, "mean {mean}, deviation {deviation}");
    assert_eq!(function.behavior.noise_factor(512, 3).to_bits(), function.behavior.noise_factor(512, 3).to_bits());
    assert_ne!(function.behavior.noise_factor(512, 3).to_bits(), function.behavior.noise_factor(1024, 3).to_bits());
}
