//! What Lambda itself says about one invocation: REPORT lines, `platform.report` records, error types.
