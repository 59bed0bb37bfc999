//! An emulator as a process: started on a free port, asked until it answers, ended with everything it started.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Ready after 0.3 to 2.3 s (tests/emulators/README.md); a machine that is very busy gets more.
const START: Duration = Duration::from_secs(60);
/// What MiniStack takes to end its functions, with room.
const END: Duration = Duration::from_secs(10);
/// Between the choice of a free port and its use somebody else may take it.
const PORTS: u32 = 5;

/// An emulator that runs; it ends when this is dropped, also when a test panics.
pub(crate) struct Server {
    process: Child,
    port: u16,
    folder: TempDir,
    python: PathBuf,
}

impl Server {
    /// MiniStack as tests/emulators/ministack_like_aws.py makes it, with more of its variables.
    pub(crate) fn ministack(emulators: &Path, variables: &[(&str, &str)]) -> Self {
        Self::start(emulators, "/_ministack/health", |python, port, scratch| {
            let mut command = Command::new(python);
            command
                .arg(files().join("ministack_like_aws.py"))
                .env("GATEWAY_PORT", port.to_string())
                .env("TMPDIR", scratch)
                .env("SERVICES", "lambda,iam,sts,logs,cloudwatch,s3")
                .env("LOG_LEVEL", "WARNING")
                // Else it follows the memory of the machine.
                .env("LAMBDA_ACCOUNT_CONCURRENCY", "1000")
                .envs(variables.iter().copied());
            command
        })
    }

    /// moto, without docker: its functions do not run.
    pub(crate) fn moto(emulators: &Path) -> Self {
        Self::start(emulators, "/moto-api/", |python, port, scratch| {
            let mut command = Command::new(python.with_file_name("moto_server"));
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).env("TMPDIR", scratch);
            command
        })
    }

    fn start(emulators: &Path, health: &str, command: impl Fn(&Path, u16, &Path) -> Command) -> Self {
        let python = emulators.join("bin/python");
        let mut said = String::new();
        for _ in 0..PORTS {
            let folder = tempfile::tempdir().unwrap();
            let port = free_port();
            let log = File::create(folder.path().join("server.log")).unwrap();
            let mut command = command(&python, port, folder.path());
            let process = command
                // A group of its own, so that all of it can be ended.
                .process_group(0)
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap_or_else(|problem| panic!("{command:?}: {problem} (tests/emulators/setup.sh makes {emulators:?})"));
            let mut server = Self { process, port, folder, python: python.clone() };
            if server.is_ready(health) {
                return server;
            }
            said = fs::read_to_string(server.folder.path().join("server.log")).unwrap();
        }
        panic!("no emulator could be started; the last one said: {said}");
    }

    /// Waits for an answer; false when the process has ended instead.
    fn is_ready(&mut self, health: &str) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < START {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if get(self.port, health).is_some_and(|answer| answer.contains(" 200 ")) {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Runs a python script of tests/emulators; what it printed.
    pub(crate) fn script(&self, name: &str, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new(&self.python);
        command.arg(files().join(name)).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{command:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The code of a test function, packed.
    pub(crate) fn code(&self, archive: &str) -> Vec<u8> {
        let folder = self.folder.path().join("code");
        self.script("pack.py", &[folder.to_str().unwrap()], "");
        fs::read(folder.join(archive)).unwrap()
    }

    fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }
}

fn signal(name: &str, target: &str) {
    let _ = Command::new("kill").args([name, "--", target]).stderr(Stdio::null()).status();
}

impl Drop for Server {
    fn drop(&mut self) {
        // The number of a process that has been waited for may be another's by now.
        if !self.is_running() {
            return;
        }
        // Politely first: it then ends its functions, and they leave their cgroups.
        let id = self.process.id();
        signal("-TERM", &id.to_string());
        let begun = Instant::now();
        while self.is_running() && begun.elapsed() < END {
            thread::sleep(Duration::from_millis(10));
        }
        if self.is_running() {
            signal("-KILL", &format!("-{id}"));
            let _ = self.process.wait();
        }
    }
}

/// A port that is free now and that no other server of this process was given: one that is still starting does not hold its port
/// yet, and would be taken for this one.
fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if GIVEN.lock().unwrap().insert(port) {
            return port;
        }
    }
}

/// Where the emulators' files are.
fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulators")
}

/// The answer to a GET, as text; none when nobody answers.
fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}
