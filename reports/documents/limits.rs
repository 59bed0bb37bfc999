//! Limits, asked of the model: just allowed, and just beyond.

use super::numbers::{EVENTS_256_KB, EVENTS_257_KB, PIPELINE, THOUSAND_AND_ONE_AT_ONCE, THOUSAND_AT_ONCE};
use super::runs::Run;

/// The longest invocation.
pub(crate) const LONGEST: Run = PIPELINE.with(&[("duration", "900s")]);
/// A second more.
pub(crate) const TOO_LONG: Run = PIPELINE.with(&[("duration", "901s")]);
/// The largest `/tmp`.
pub(crate) const LARGEST_TMP: Run = PIPELINE.with(&[("ephemeral_storage", "10GB")]);
/// A megabyte more.
pub(crate) const TOO_LARGE_TMP: Run = PIPELINE.with(&[("ephemeral_storage", "10241MB")]);
/// The smallest `/tmp`, and the default.
pub(crate) const SMALLEST_TMP: Run = PIPELINE.with(&[("ephemeral_storage", "512MB")]);
/// Half of it.
pub(crate) const TOO_SMALL_TMP: Run = PIPELINE.with(&[("ephemeral_storage", "256MB")]);

/// What is asked, and the run that asks it.
pub(crate) type Asked = (&'static str, Run);

/// Limits: what is just allowed, and what is just beyond and refused.
pub(crate) static REFUSED_BEYOND: &[[Asked; 2]] = &[
    [("an invocation of 900 s", LONGEST), ("an invocation of 901 s", TOO_LONG)],
    [("512 MB of `/tmp`", SMALLEST_TMP), ("256 MB of `/tmp`", TOO_SMALL_TMP)],
    [("10 GB of `/tmp`", LARGEST_TMP), ("10,241 MB of `/tmp`", TOO_LARGE_TMP)],
    [("128 MB of memory", PIPELINE.with(&[("memory", "128MB")])), ("127 MB of memory", PIPELINE.with(&[("memory", "127MB")]))],
    [
        ("10,240 MB of memory", PIPELINE.with(&[("memory", "10240MB")])),
        ("10,241 MB of memory", PIPELINE.with(&[("memory", "10241MB")])),
    ],
    [
        ("a synchronous payload of 6 MB", PIPELINE.with(&[("payload", "6MB")])),
        ("a synchronous payload of 7 MB", PIPELINE.with(&[("payload", "7MB")])),
    ],
    [
        ("an asynchronous event of 1 MB", PIPELINE.with(&[("invocation", "asynchronous"), ("payload", "1MB")])),
        ("an asynchronous event of 2 MB", PIPELINE.with(&[("invocation", "asynchronous"), ("payload", "2MB")])),
    ],
    [
        ("a response of 6 MB", PIPELINE.with(&[("response", "6MB")])),
        ("a response of 7 MB", PIPELINE.with(&[("response", "7MB")])),
    ],
    [
        ("a streamed response of 200 MB", PIPELINE.with(&[("response", "200MB"), ("response_streaming", "true")])),
        ("a streamed response of 201 MB", PIPELINE.with(&[("response", "201MB"), ("response_streaming", "true")])),
    ],
];

/// Limits that are not refused beyond, but cost more or earn a remark.
pub(crate) static DIFFERENT_BEYOND: &[[Asked; 2]] = &[
    [("an asynchronous event of 256 KB", EVENTS_256_KB), ("an asynchronous event of 257 KB", EVENTS_257_KB)],
    [("1,000 requests at once", THOUSAND_AT_ONCE), ("1,001 requests at once", THOUSAND_AND_ONE_AT_ONCE)],
];
