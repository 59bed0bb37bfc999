//! HTTP/1.1 with keep-alive, as much as an AWS client needs: a request with a Content-Length in, an answer out. It knows no service.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A request as it came over the wire.
pub(crate) struct Incoming {
    pub(crate) method: String,
    /// Path and query as sent, still percent-encoded.
    pub(crate) target: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Incoming {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The segments of the path, decoded one by one: an ARN in a path holds encoded colons and may hold encoded slashes.
    pub(crate) fn segments(&self) -> Vec<String> {
        let path = self.target.split('?').next().unwrap_or_default();
        path.split('/').filter(|segment| !segment.is_empty()).map(percent_decoded).collect()
    }

    pub(crate) fn query(&self, name: &str) -> Option<String> {
        form_value(self.target.split_once('?')?.1, name)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The value of `name` in `a=b&c=d`.
pub(crate) fn form_value(form: &str, name: &str) -> Option<String> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| percent_decoded(key) == name).map(|(_, value)| percent_decoded(&value.replace('+', " ")))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, headers: vec![("content-type", "application/json".to_owned())], body: body.to_string().into_bytes() }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What becomes of a request.
pub(crate) enum Outcome {
    Answer(Reply),
    /// The connection stays open and nothing comes: the client must give up by itself.
    Silence,
    /// The connection is closed without an answer.
    HangUp,
}

pub(crate) type Handler = dyn Fn(Incoming) -> Outcome + Send + Sync;

/// Serves until `stop` is set and one more connection is made.
pub(crate) fn serve(listener: &TcpListener, stop: &AtomicBool, handler: &Arc<Handler>) {
    for stream in listener.incoming() {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        if let Ok(stream) = stream {
            let handler = Arc::clone(handler);
            thread::spawn(move || talk(stream, &*handler));
        }
    }
}

/// One connection, one request after the other; `None` when either side has ended it.
fn talk(stream: TcpStream, handler: &Handler) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let incoming = read_request(&mut reader, &mut writer)?;
        match handler(incoming) {
            Outcome::Answer(reply) => write_reply(&mut writer, &reply)?,
            // Reading ends when the client closes.
            Outcome::Silence => return std::io::copy(&mut reader, &mut std::io::sink()).ok().map(drop),
            Outcome::HangUp => return None,
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>, writer: &mut TcpStream) -> Option<Incoming> {
    let first = read_line(reader)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut incoming = Incoming { method, target, headers, body: Vec::new() };
    assert_eq!(incoming.header("transfer-encoding"), None, "the fake reads no chunked requests");
    if incoming.header("expect").is_some() {
        writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    let length = incoming.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    incoming.body = vec![0; length];
    reader.read_exact(&mut incoming.body).ok()?;
    Some(incoming)
}

/// A line without its end; `None` at the end of the stream.
fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
}

fn write_reply(writer: &mut TcpStream, reply: &Reply) -> Option<()> {
    let mut head = format!("HTTP/1.1 {} Fake\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    // An answer 204 has no body, and must not say how long it is.
    if reply.status != 204 {
        head.push_str(&format!("content-length: {}\r\n", reply.body.len()));
    }
    head.push_str("\r\n");
    writer.write_all(&[head.as_bytes(), &reply.body].concat()).ok()
}

#[test]
fn paths_and_forms_are_decoded() {
    let incoming = Incoming {
        method: "GET".to_owned(),
        target: "/2015-03-31/functions/arn%3Aaws%3Alambda/versions?Marker=a%2Bb+c&MaxItems=3".to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    assert_eq!(incoming.segments(), ["2015-03-31", "functions", "arn:aws:lambda", "versions"]);
    assert_eq!(incoming.query("Marker").unwrap(), "a+b c");
    assert_eq!(incoming.query("MaxItems").unwrap(), "3");
    assert_eq!(percent_decoded("100%"), "100%");
}
