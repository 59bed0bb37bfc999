//! A plan of provisioned concurrency as the commands, or the Terraform, that set it.
//!
//! A commitment is no such plan: it is a purchase that cannot be undone, so no command is written for it.

use std::fmt::Write;

use crate::autoscaling::TargetTrackingPolicy;
use crate::provisioning::{ScheduledAction, Setting, Target};

const DIMENSION: &str = "lambda:function:ProvisionedConcurrency";
const METRIC: &str = "LambdaProvisionedConcurrencyUtilization";
const POLICY: &str = "provisioned-utilization";

/// Commands of the AWS CLI that set it, for a POSIX shell.
///
/// ```
/// # use millicent::{provisioning::{Setting, Target}, report::provisioned_commands};
/// let target = Target::new("orders", "live")?;
/// assert_eq!(provisioned_commands(&target, &Setting::Level(20)), "\
/// aws lambda put-provisioned-concurrency-config \\
///   --function-name orders --qualifier live \\
///   --provisioned-concurrent-executions 20
/// ");
/// # Ok::<(), millicent::provisioning::ProvisioningError>(())
/// ```
#[must_use]
pub fn provisioned_commands(target: &Target, setting: &Setting) -> String {
    match setting {
        Setting::Level(0) => command("lambda delete-provisioned-concurrency-config", &[function_flags(target)]),
        Setting::Level(units) => level_command(target, *units),
        Setting::Schedule { actions, timezone } => {
            let (least, most) = bounds(actions);
            let timezone = timezone.as_deref().map(|name| format!(" --timezone {}", quoted(name))).unwrap_or_default();
            let action = |action: &ScheduledAction| {
                let ScheduledAction { name, cron, units } = action;
                let flags = [
                    target_flags(target),
                    format!("--scheduled-action-name {name} --schedule {}{timezone}", quoted(cron)),
                    format!("--scalable-target-action MinCapacity={units},MaxCapacity={units}"),
                ];
                command("application-autoscaling put-scheduled-action", &flags)
            };
            register_command(target, least, most) + &actions.iter().map(action).collect::<String>()
        }
        Setting::Tracking(policy) => {
            let flags = [
                target_flags(target),
                format!("--policy-name {POLICY} --policy-type TargetTrackingScaling"),
                format!("--target-tracking-scaling-policy-configuration {}", quoted(&policy_json(policy))),
            ];
            let start = if policy.min_capacity == 0 { String::new() } else { level_command(target, policy.min_capacity) };
            start
                + &register_command(target, policy.min_capacity, policy.max_capacity)
                + &command("application-autoscaling put-scaling-policy", &flags)
        }
    }
}

fn command(name: &str, flags: &[String]) -> String {
    format!("aws {name} \\\n  {}\n", flags.join(" \\\n  "))
}

fn function_flags(target: &Target) -> String {
    format!("--function-name {} --qualifier {}", target.function(), target.qualifier())
}

fn target_flags(target: &Target) -> String {
    format!("--service-namespace lambda --resource-id {} --scalable-dimension {DIMENSION}", resource_id(target))
}

fn resource_id(target: &Target) -> String {
    format!("function:{}:{}", target.function(), target.qualifier())
}

fn level_command(target: &Target, units: u64) -> String {
    let units = format!("--provisioned-concurrent-executions {units}");
    command("lambda put-provisioned-concurrency-config", &[function_flags(target), units])
}

fn register_command(target: &Target, least: u64, most: u64) -> String {
    let bounds = format!("--min-capacity {least} --max-capacity {most}");
    command("application-autoscaling register-scalable-target", &[target_flags(target), bounds])
}

/// The least and the most that the actions set.
fn bounds(actions: &[ScheduledAction]) -> (u64, u64) {
    let units = || actions.iter().map(|action| action.units);
    (units().min().unwrap_or(0), units().max().unwrap_or(0))
}

fn policy_json(policy: &TargetTrackingPolicy) -> String {
    let json = serde_json::json!({
        "TargetValue": policy.target,
        "PredefinedMetricSpecification": { "PredefinedMetricType": METRIC },
        "ScaleOutCooldown": policy.scale_out_cooldown_minutes * 60,
        "ScaleInCooldown": policy.scale_in_cooldown_minutes * 60,
    });
    json.to_string()
}

/// One word for a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The Terraform that sets it; nothing where nothing is kept.
#[must_use]
pub fn provisioned_terraform(target: &Target, setting: &Setting) -> String {
    match setting {
        Setting::Level(0) => String::new(),
        Setting::Level(units) => level_block(target, *units, false),
        Setting::Schedule { actions, timezone } => {
            let (least, most) = bounds(actions);
            let action = |action: &ScheduledAction| action_block(target, action, timezone.as_deref());
            let actions: String = actions.iter().map(action).collect();
            target_block(target, least, most, true) + &actions
        }
        Setting::Tracking(policy) => {
            let start =
                if policy.min_capacity == 0 { String::new() } else { level_block(target, policy.min_capacity, true) + "\n" };
            start + &target_block(target, policy.min_capacity, policy.max_capacity, false) + &policy_block(target, policy)
        }
    }
}

/// A block, its attributes aligned as `terraform fmt` does.
fn block(head: &str, attributes: &[(&str, String)], inner: &str) -> String {
    let width = attributes.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = format!("{head} {{\n");
    for (name, value) in attributes {
        let _ = writeln!(text, "  {name:width$} = {value}");
    }
    let separator = if attributes.is_empty() || inner.is_empty() { "" } else { "\n" };
    for line in separator.lines().chain(inner.lines()) {
        let indent = if line.is_empty() { "" } else { "  " };
        let _ = writeln!(text, "{indent}{line}");
    }
    text + "}\n"
}

/// What the autoscaler changes is not drift.
fn ignoring(attributes: &str) -> String {
    block("lifecycle", &[("ignore_changes", format!("[{attributes}]"))], "")
}

fn level_block(target: &Target, units: u64, is_start: bool) -> String {
    let attributes = [
        ("function_name", literal(target.function())),
        ("qualifier", literal(target.qualifier())),
        ("provisioned_concurrent_executions", units.to_string()),
    ];
    let inner = if is_start { ignoring("provisioned_concurrent_executions") } else { String::new() };
    block(&format!("resource \"aws_lambda_provisioned_concurrency_config\" {}", label(target, "")), &attributes, &inner)
}

fn target_block(target: &Target, least: u64, most: u64, scheduled: bool) -> String {
    let attributes = [
        ("service_namespace", literal("lambda")),
        ("resource_id", literal(&resource_id(target))),
        ("scalable_dimension", literal(DIMENSION)),
        ("min_capacity", least.to_string()),
        ("max_capacity", most.to_string()),
    ];
    let inner = if scheduled { ignoring("min_capacity, max_capacity") } else { String::new() };
    block(&format!("resource \"aws_appautoscaling_target\" {}", label(target, "")), &attributes, &inner)
}

/// The attributes by which an action or a policy refers to its target.
fn of_target(target: &Target) -> [(&'static str, String); 3] {
    let label = label(target, "");
    let refer = |attribute: &str| format!("aws_appautoscaling_target.{}.{attribute}", label.trim_matches('"'));
    ["service_namespace", "resource_id", "scalable_dimension"].map(|attribute| (attribute, refer(attribute)))
}

fn action_block(target: &Target, action: &ScheduledAction, timezone: Option<&str>) -> String {
    let mut attributes = vec![("name", literal(&action.name))];
    attributes.extend(of_target(target));
    attributes.push(("schedule", literal(&action.cron)));
    attributes.extend(timezone.map(|name| ("timezone", literal(name))));
    let units = action.units.to_string();
    let inner = block("scalable_target_action", &[("min_capacity", units.clone()), ("max_capacity", units)], "");
    let head = format!("resource \"aws_appautoscaling_scheduled_action\" {}", label(target, &action.name));
    format!("\n{}", block(&head, &attributes, &inner))
}

fn policy_block(target: &Target, policy: &TargetTrackingPolicy) -> String {
    let mut attributes = vec![("name", literal(POLICY)), ("policy_type", literal("TargetTrackingScaling"))];
    attributes.extend(of_target(target));
    let metric = block("predefined_metric_specification", &[("predefined_metric_type", literal(METRIC))], "");
    let settings = [
        ("target_value", policy.target.to_string()),
        ("scale_out_cooldown", (policy.scale_out_cooldown_minutes * 60).to_string()),
        ("scale_in_cooldown", (policy.scale_in_cooldown_minutes * 60).to_string()),
    ];
    let inner = block("target_tracking_scaling_policy_configuration", &settings, &metric);
    let head = format!("resource \"aws_appautoscaling_policy\" {}", label(target, ""));
    format!("\n{}", block(&head, &attributes, &inner))
}

/// The label of a resource. It must not start with a digit, and a name may.
fn label(target: &Target, suffix: &str) -> String {
    let start = if target.function().starts_with(|letter: char| letter.is_ascii_alphabetic()) { "" } else { "function_" };
    let suffix = if suffix.is_empty() { String::new() } else { format!("_{suffix}") };
    format!("\"{start}{}_{}{suffix}\"", target.function(), target.qualifier()).replace('-', "_")
}

/// A string of Terraform that stands for itself.
fn literal(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{}\"", text.replace('\n', "\\n").replace('\r', "\\r"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provisioning::{Window, scheduled_actions};

    fn target() -> Target {
        Target::new("get-orders", "live").unwrap()
    }

    fn schedule(timezone: Option<&str>) -> Setting {
        let window = |hour: u32, units| Window { start_s: hour * 3_600, end_s: 0, units };
        let actions = scheduled_actions(&[window(9, 70), window(18, 6)], 86_400).unwrap();
        Setting::Schedule { actions, timezone: timezone.map(str::to_owned) }
    }

    #[test]
    fn a_schedule_is_a_target_and_an_action_for_each_change() {
        let expected = "\
aws application-autoscaling register-scalable-target \\
  --service-namespace lambda --resource-id function:get-orders:live --scalable-dimension lambda:function:ProvisionedConcurrency \\
  --min-capacity 6 --max-capacity 70
aws application-autoscaling put-scheduled-action \\
  --service-namespace lambda --resource-id function:get-orders:live --scalable-dimension lambda:function:ProvisionedConcurrency \\
  --scheduled-action-name provisioned-0900 --schedule 'cron(0 9 * * ? *)' --timezone 'Europe/Berlin' \\
  --scalable-target-action MinCapacity=70,MaxCapacity=70
aws application-autoscaling put-scheduled-action \\
  --service-namespace lambda --resource-id function:get-orders:live --scalable-dimension lambda:function:ProvisionedConcurrency \\
  --scheduled-action-name provisioned-1800 --schedule 'cron(0 18 * * ? *)' --timezone 'Europe/Berlin' \\
  --scalable-target-action MinCapacity=6,MaxCapacity=6
";
        assert_eq!(provisioned_commands(&target(), &schedule(Some("Europe/Berlin"))), expected);
        assert!(!provisioned_commands(&target(), &schedule(None)).contains("--timezone"));
    }

    #[test]
    fn tracking_starts_from_a_level_and_has_a_named_policy() {
        let commands = provisioned_commands(&target(), &Setting::Tracking(TargetTrackingPolicy::without_cooldown(0.7, 2, 50)));
        let names: Vec<&str> = commands.lines().filter(|line| line.starts_with("aws")).collect();
        assert_eq!(
            names,
            [
                "aws lambda put-provisioned-concurrency-config \\",
                "aws application-autoscaling register-scalable-target \\",
                "aws application-autoscaling put-scaling-policy \\",
            ]
        );
        assert!(commands.contains("--policy-name provisioned-utilization"));
        let json = commands.split('\'').nth(1).unwrap();
        let policy: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(policy["TargetValue"].to_string(), "0.7");
        assert_eq!(policy["PredefinedMetricSpecification"]["PredefinedMetricType"], METRIC);
    }

    #[test]
    fn nothing_kept_is_a_setting_taken_back() {
        assert!(
            provisioned_commands(&target(), &Setting::Level(0)).starts_with("aws lambda delete-provisioned-concurrency-config")
        );
        assert_eq!(provisioned_terraform(&target(), &Setting::Level(0)), "");
    }

    #[test]
    fn terraform_does_not_take_back_what_the_schedule_sets() {
        let expected = r#"resource "aws_appautoscaling_target" "get_orders_live" {
  service_namespace  = "lambda"
  resource_id        = "function:get-orders:live"
  scalable_dimension = "lambda:function:ProvisionedConcurrency"
  min_capacity       = 6
  max_capacity       = 70

  lifecycle {
    ignore_changes = [min_capacity, max_capacity]
  }
}

resource "aws_appautoscaling_scheduled_action" "get_orders_live_provisioned_0900" {
  name               = "provisioned-0900"
  service_namespace  = aws_appautoscaling_target.get_orders_live.service_namespace
  resource_id        = aws_appautoscaling_target.get_orders_live.resource_id
  scalable_dimension = aws_appautoscaling_target.get_orders_live.scalable_dimension
  schedule           = "cron(0 9 * * ? *)"
  timezone           = "Europe/Berlin"

  scalable_target_action {
    min_capacity = 70
    max_capacity = 70
  }
}
"#;
        let terraform = provisioned_terraform(&target(), &schedule(Some("Europe/Berlin")));
        assert!(terraform.starts_with(expected), "{terraform}");
    }

    #[test]
    fn terraform_of_tracking_has_its_blocks_inside_each_other() {
        let policy = TargetTrackingPolicy::without_cooldown(0.7, 2, 50);
        let terraform = provisioned_terraform(&Target::new("7days", "3").unwrap(), &Setting::Tracking(policy));
        let expected = r#"
resource "aws_appautoscaling_policy" "function_7days_3" {
  name               = "provisioned-utilization"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.function_7days_3.service_namespace
  resource_id        = aws_appautoscaling_target.function_7days_3.resource_id
  scalable_dimension = aws_appautoscaling_target.function_7days_3.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = 0.7
    scale_out_cooldown = 0
    scale_in_cooldown  = 0

    predefined_metric_specification {
      predefined_metric_type = "LambdaProvisionedConcurrencyUtilization"
    }
  }
}
"#;
        assert!(terraform.ends_with(expected), "{terraform}");
    }

    #[test]
    fn a_time_zone_cannot_leave_its_quotes() {
        let zone = "x'; true \"${y}";
        assert_eq!(quoted(zone), r#"'x'\''; true "${y}'"#);
        assert_eq!(literal(zone), r#""x'; true \"$${y}""#);
    }
}
