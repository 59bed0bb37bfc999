//! Payloads that are kept in S3.

use std::fmt;
use std::str::FromStr;

use aws_sdk_s3::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::connect::Connected;
use super::failure::failure_of;
use crate::tune::FailureKind;

/// Where an object is in S3.
///
/// ```
/// # use millicent::aws::S3Location;
/// let location: S3Location = "s3://events/2026/order.json".parse().unwrap();
/// assert_eq!((location.bucket(), location.key()), ("events", "2026/order.json"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Location {
    bucket: String,
    key: String,
}

/// Why a payload could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// It is no location in S3.
    #[error("{0:?} is no object in S3 (s3://BUCKET/KEY)")]
    Location(String),
    /// It may not be read.
    #[error(
        "{0} may not be read, or does not exist and the bucket may not be listed (s3:GetObject is needed: `millicent tune policy ARN`)"
    )]
    Denied(S3Location),
    /// There is no such object.
    #[error("{0} does not exist")]
    Missing(S3Location),
    /// Something else went wrong.
    #[error("{0}")]
    Failed(String),
}

impl S3Location {
    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The key, as it is: nothing in it is decoded.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl FromStr for S3Location {
    type Err = PayloadError;

    fn from_str(text: &str) -> Result<Self, PayloadError> {
        let wrong = || PayloadError::Location(text.to_owned());
        let (bucket, key) = text.strip_prefix("s3://").and_then(|path| path.split_once('/')).ok_or_else(wrong)?;
        // AWS, "General purpose bucket naming rules"; old buckets may have capitals, underscores and 255 letters.
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let is_bucket = (3..=255).contains(&bucket.len()) && bucket.bytes().all(is_letter);
        if !is_bucket || key.is_empty() {
            return Err(wrong());
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

impl fmt::Display for S3Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "s3://{}/{}", self.bucket, self.key)
    }
}

/// Reads an object. A bucket in another region is followed there, once.
///
/// # Errors
/// When it is not there, may not be read, or AWS cannot be reached.
pub async fn read_s3(connected: &Connected, location: &S3Location) -> Result<Vec<u8>, PayloadError> {
    let first = get(connected, connected.region(), location).await;
    match first {
        Err(error) => match other_region(&error, connected.region()) {
            Some(region) => get(connected, &region, location).await.map_err(|error| in_words(location, &error)),
            None => Err(in_words(location, &error)),
        },
        Ok(body) => Ok(body),
    }?
    .collect()
    .await
    .map(|bytes| bytes.to_vec())
    .map_err(|_| PayloadError::Failed(format!("could not read {location}: the connection broke off")))
}

type GetError = SdkError<GetObjectError, HttpResponse>;

async fn get(connected: &Connected, region: &str, location: &S3Location) -> Result<aws_sdk_s3::primitives::ByteStream, GetError> {
    let request = connected.s3(region).get_object().bucket(&location.bucket).key(&location.key);
    request.send().await.map(|output| output.body)
}

/// The region that S3 says the bucket is in, when that is another one.
fn other_region(error: &GetError, asked: &str) -> Option<String> {
    let region = error.raw_response()?.headers().get("x-amz-bucket-region")?;
    (region != asked).then(|| region.to_owned())
}

fn in_words(location: &S3Location, error: &GetError) -> PayloadError {
    let failure = failure_of(&format!("read {location}"), "s3:GetObject", error);
    match failure.kind {
        FailureKind::Denied
            if error.code().is_none_or(|code| code.starts_with("AccessDenied")) && error.raw_response().is_some() =>
        {
            PayloadError::Denied(location.clone())
        }
        FailureKind::NotFound => PayloadError::Missing(location.clone()),
        _ => PayloadError::Failed(failure.message),
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::{Wire, json};
    use super::*;

    #[test]
    fn only_a_bucket_with_a_key_is_a_location() {
        for wrong in
            ["", "events/a", "s3:/events/a", "s3://", "s3://events", "s3://events/", "s3:///a", "s3://e!s/a", "s3://ab/a"]
        {
            assert_eq!(wrong.parse::<S3Location>(), Err(PayloadError::Location(wrong.to_owned())), "{wrong}");
        }
        let odd: S3Location = "s3://events/a b%20c//".parse().unwrap();
        assert_eq!((odd.key(), odd.to_string().as_str()), ("a b%20c//", "s3://events/a b%20c//"));
    }

    async fn read(wire: &Wire) -> Result<Vec<u8>, PayloadError> {
        read_s3(&wire.connected(), &"s3://events/a.json".parse().unwrap()).await
    }

    #[tokio::test]
    async fn a_bucket_in_another_region_is_followed_once() {
        let moved = || json(301, "").with("x-amz-bucket-region", "us-west-2");
        let wire = Wire::new(vec![moved(), json(200, "[1]")]);
        assert_eq!(read(&wire).await, Ok(b"[1]".to_vec()));
        assert!(wire.seen()[1].contains("/us-west-2/s3/aws4_request"), "{:?}", wire.seen());
        let wire = Wire::new(vec![moved(), json(301, "").with("x-amz-bucket-region", "us-west-1")]);
        assert!(read(&wire).await.is_err());
        assert_eq!(wire.seen().len(), 2);
    }

    #[tokio::test]
    async fn a_missing_and_a_forbidden_object_are_told_apart() {
        let error = |status, code: &str| Wire::new(vec![json(status, &format!("<Error><Code>{code}</Code></Error>"))]);
        assert!(matches!(read(&error(404, "NoSuchKey")).await, Err(PayloadError::Missing(_))));
        assert!(matches!(read(&error(403, "AccessDenied")).await, Err(PayloadError::Denied(_))));
        let broken = read(&error(503, "SlowDown")).await.unwrap_err().to_string();
        assert!(broken.starts_with("could not read s3://events/a.json: too many requests"), "{broken}");
    }
}
