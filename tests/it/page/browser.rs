//! A headless Chromium, driven over a pipe: the DevTools protocol, as far as the page needs it.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// No answer takes longer on any machine that is not broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// The browser of `MILLICENT_CHROMIUM`, which must be there, or one that is installed.
pub(super) fn installed() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("MILLICENT_CHROMIUM") {
        return Some(PathBuf::from(named));
    }
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.exists())
}

/// A page in a browser of its own.
pub(super) struct Browser {
    process: Child,
    input: RefCell<ChildStdin>,
    messages: Receiver<Value>,
    session: String,
    /// What the browser said without being asked.
    events: RefCell<Vec<Value>>,
    _profile: TempDir,
}

impl Browser {
    /// Opens a file and waits until the page says that it is ready.
    pub(super) fn open(program: &Path, file: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The browser reads commands from descriptor 3 and answers on 4.
        let mut process = Command::new("sh")
            .args(["-c", r#"exec 3<&0 4>&1 0</dev/null 1>/dev/null; exec "$0" "$@""#])
            .arg(program)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe"])
            .args(["--disable-background-networking", "--disable-dev-shm-usage", "--window-size=1200,900", "--lang=en-US"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = RefCell::new(process.stdin.take().unwrap());
        let messages = listen(process.stdout.take().unwrap());
        let events = RefCell::new(Vec::new());
        let mut browser = Self { process, input, messages, session: String::new(), events, _profile: profile };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.ask("Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Runtime", "Log", "Network", "Page"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        browser.ask("Page.navigate", json!({"url": format!("file://{}", file.display())}));
        browser.wait_for("Page.loadEventFired");
        browser.settle();
        browser
    }

    fn wait_for(&self, event: &str) {
        while !self.events.borrow().iter().any(|known| known["method"] == event) {
            let message = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{event} does not come"));
            self.events.borrow_mut().push(message);
        }
    }

    /// Sends a command and waits for its answer.
    pub(super) fn ask(&self, method: &str, parameters: Value) -> Value {
        let mut message = json!({"id": 1, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let bytes = [serde_json::to_vec(&message).unwrap(), vec![0]].concat();
        self.input.borrow_mut().write_all(&bytes).unwrap();
        loop {
            let mut answer = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no answer to {method}"));
            if answer["id"] == 1 {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
            self.events.borrow_mut().push(answer);
        }
    }

    /// The value of an expression; a promise is waited for.
    pub(super) fn value(&self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut result = self.ask("Runtime.evaluate", asked);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].take()
    }

    /// Waits until the page has answered the last move.
    pub(super) fn settle(&self) {
        self.value(
            "new Promise((done) => { const look = () => (document.documentElement.dataset.state === 'ready' \
             ? done(true) : requestAnimationFrame(look)); look(); })",
        );
    }

    /// Presses a key, as a person at a keyboard does.
    pub(super) fn press(&self, key: &str) {
        let code = match key {
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            "End" => 35,
            "Enter" => 13,
            "Tab" => 9,
            _ => 0,
        };
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
            self.ask("Input.dispatchKeyEvent", event);
        }
    }

    /// Errors on the console, exceptions, and requests for anything but the file itself.
    pub(super) fn complaints(&self) -> Vec<String> {
        self.value("1");
        let events = self.events.borrow();
        let complaints = events.iter().filter_map(|event| {
            let parameters = &event["params"];
            match event["method"].as_str()? {
                "Runtime.exceptionThrown" => Some(parameters["exceptionDetails"].to_string()),
                "Runtime.consoleAPICalled" if parameters["type"] == "error" => Some(parameters["args"].to_string()),
                "Log.entryAdded" if parameters["entry"]["level"] == "error" => Some(parameters["entry"].to_string()),
                "Network.requestWillBeSent" => {
                    let url = parameters["request"]["url"].as_str()?;
                    let own = ["file:", "data:", "about:", "blob:"].iter().any(|scheme| url.starts_with(scheme));
                    (!own).then(|| format!("it loads {url}"))
                }
                _ => None,
            }
        });
        complaints.collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn listen(output: impl Read + Send + 'static) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let messages = BufReader::new(output).split(0).map_while(Result::ok);
        messages.map_while(|bytes| serde_json::from_slice(&bytes).ok()).all(|message| sender.send(message).is_ok())
    });
    receiver
}
