//! Which service and operation a request is for, and how each service says no.

use serde_json::{Value, json};

use super::fault::FaultKind;
use super::http::{Incoming, Reply, form_value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Lambda,
    Logs,
    S3,
    Sts,
}

/// The service and the name of the operation; an operation the fake has not is `Unknown`, and is refused.
pub(crate) fn operation_of(incoming: &Incoming) -> (Service, String) {
    if let Some(target) = incoming.header("x-amz-target") {
        return (Service::Logs, target.rsplit('.').next().unwrap_or_default().to_owned());
    }
    let segments = incoming.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    if incoming.method == "POST" && path.is_empty() {
        return (Service::Sts, form_value(&incoming.text(), "Action").unwrap_or_else(|| "Unknown".to_owned()));
    }
    let name = match (incoming.method.as_str(), &path[..]) {
        ("GET", ["2016-08-19", "account-settings"]) => "GetAccountSettings",
        (method, ["2015-03-31", "functions", _, rest @ ..]) => match (method, rest) {
            ("GET", []) => "GetFunction",
            ("DELETE", []) => "DeleteFunction",
            ("GET", ["configuration"]) => "GetFunctionConfiguration",
            ("PUT", ["configuration"]) => "UpdateFunctionConfiguration",
            ("GET", ["versions"]) => "ListVersionsByFunction",
            ("POST", ["versions"]) => "PublishVersion",
            ("POST", ["invocations"]) => "Invoke",
            ("GET", ["aliases"]) => "ListAliases",
            ("POST", ["aliases"]) => "CreateAlias",
            ("GET", ["aliases", _]) => "GetAlias",
            ("PUT", ["aliases", _]) => "UpdateAlias",
            ("DELETE", ["aliases", _]) => "DeleteAlias",
            _ => "Unknown",
        },
        (_, ["2015-03-31" | "2016-08-19" | "2017-10-31" | "2019-09-30", ..]) => "Unknown",
        ("GET", _) => return (Service::S3, "GetObject".to_owned()),
        _ => return (Service::S3, "Unknown".to_owned()),
    };
    (Service::Lambda, name.to_owned())
}

/// A refusal; the shape on the wire depends on the service.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// Why a call was throttled.
    pub(crate) reason: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), reason: None }
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "ResourceConflictException", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "ResourceNotFoundException", message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterValueException", message)
    }

    pub(crate) fn stale() -> Self {
        let message = "The Revision Id provided does not match the latest Revision Id. \
                       Call the GetFunction/GetAlias API to retrieve the latest Revision Id";
        Self::new(412, "PreconditionFailedException", message)
    }

    pub(crate) fn throttled(reason: &'static str) -> Self {
        Self { reason: Some(reason), ..Self::new(429, "TooManyRequestsException", "Rate Exceeded.") }
    }

    /// The refusal behind a fault; `None` for a fault of another nature.
    pub(crate) fn of_fault(kind: &FaultKind, service: Service, operation: &str) -> Option<Self> {
        let prefix = match service {
            Service::Lambda => "lambda",
            Service::Logs => "logs",
            Service::S3 => "s3",
            Service::Sts => "sts",
        };
        let denied = match service {
            Service::Lambda | Service::Logs => "AccessDeniedException",
            Service::S3 | Service::Sts => "AccessDenied",
        };
        // The permission to call Invoke is named otherwise.
        let action = if operation == "Invoke" { "InvokeFunction" } else { operation };
        Some(match (kind, service) {
            (FaultKind::Throttle, Service::Lambda) => Self::throttled("CallerRateLimitExceeded"),
            (FaultKind::Throttle, Service::S3) => Self::new(503, "SlowDown", "Please reduce your request rate."),
            (FaultKind::Throttle, _) => Self::new(400, "ThrottlingException", "Rate exceeded"),
            (FaultKind::ServerError, Service::Lambda) => Self::new(500, "ServiceException", "Service encountered an error."),
            (FaultKind::ServerError, _) => Self::new(500, "InternalError", "We encountered an internal error."),
            (FaultKind::AccessDenied, _) => Self::new(
                403,
                denied,
                format!(
                    "User: arn:aws:iam::123456789012:user/test is not authorized to perform: {prefix}:{action} \
                     because no identity-based policy allows the {prefix}:{action} action"
                ),
            ),
            (FaultKind::Conflict, _) => Self::conflict("The operation cannot be performed at this time."),
            (FaultKind::PreconditionFailed, _) => Self::stale(),
            _ => return None,
        })
    }

    pub(crate) fn reply(&self, service: Service) -> Reply {
        match service {
            Service::Lambda => self.lambda_reply(),
            Service::Logs => Reply::json(self.status, &json!({"__type": self.code, "message": self.message})),
            Service::S3 => {
                self.xml_reply(&format!("<Error><Code>{}</Code><Message>{}</Message></Error>", self.code, self.message))
            }
            Service::Sts => self.xml_reply(&format!(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{}</Code>\
                 <Message>{}</Message></Error><RequestId>fake</RequestId></ErrorResponse>",
                self.code, self.message
            )),
        }
    }

    /// Some of Lambda's errors write `Message`, others `message`.
    fn lambda_reply(&self) -> Reply {
        let capital = ["ResourceNotFoundException", "ServiceException", "AccessDeniedException"].contains(&self.code);
        let mut body = json!({"Type": if self.status >= 500 { "Service" } else { "User" }});
        body[if capital { "Message" } else { "message" }] = Value::from(self.message.as_str());
        if let Some(reason) = self.reason {
            body["Reason"] = Value::from(reason);
        }
        Reply::json(self.status, &body).with("x-amzn-errortype", self.code)
    }

    fn xml_reply(&self, body: &str) -> Reply {
        let xml = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}");
        Reply { body: xml.into_bytes(), ..Reply::empty(self.status) }.with("content-type", "application/xml")
    }
}
