//! The formats and formulas of aws-lambda-power-tuning, so that its users can switch in both directions.
