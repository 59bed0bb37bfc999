"""A function with a planted duration, for a python runtime: base_ms + slope_ms * 1769 / memory.

The REPORT line carries the planted duration exactly, so that a test knows the right answer. Every
option is a key of the event, or the same name in capitals in the function's environment:

    base_ms, slope_ms   the planted curve (5 and 20)
    spread_percent      the calls of one environment vary by this much, in a fixed cycle (0)
    sleep_scale         sleep this share of the planted duration (1; 0 answers at once)
    init_ms             Init Duration of the first call of an environment (50)
    need_mb             sizes below this are killed as if out of memory (0)
    fail_below_mb       sizes below this raise ValueError (0)
    fail                `error`: raise ValueError; `timeout`: run past the timeout; `exit`: the process dies
    fail_call           only this call of an environment fails, counted from 1 (0: every call)
    report              `text`, `json` (LogFormat JSON), or `none` (no report: the log group has one) (`text`)
    padding_bytes       log this much before the report, to push lines out of the 4 KB log tail (0)
    late_padding_bytes  log this much after it, so that only the log group has the report (0)

A planted duration above the time left also runs into the timeout.
"""
import json, math, os, signal, sys, time

DEFAULTS = {"base_ms": 5.0, "slope_ms": 20.0, "spread_percent": 0.0, "sleep_scale": 1.0, "init_ms": 50.0, "need_mb": 0,
            "fail_below_mb": 0, "fail": "", "fail_call": 0, "report": "text", "padding_bytes": 0, "late_padding_bytes": 0}
CYCLE = (0.0, 1.0, -1.0, 0.5, -0.5)
FULL_CPU_MB = 1769
calls = 0


def options(event):
    given = event if isinstance(event, dict) else {}
    chosen = {}
    for name, default in DEFAULTS.items():
        value = given.get(name, os.environ.get(name.upper(), default))
        chosen[name] = type(default)(value)
    return chosen


def report(option, context, duration_ms, first, status="success", error_type=None):
    memory_mb = int(context.memory_limit_in_mb)
    used_mb = memory_mb if error_type == "Runtime.OutOfMemory" else 40
    init_ms = option["init_ms"] if first else None
    billed_ms = math.ceil(duration_ms + (init_ms or 0))
    if option["report"] == "json":
        metrics = {"durationMs": round(duration_ms, 3), "billedDurationMs": billed_ms, "memorySizeMB": memory_mb,
                   "maxMemoryUsedMB": used_mb}
        if first:
            metrics["initDurationMs"] = init_ms
        record = {"requestId": context.aws_request_id, "metrics": metrics, "status": status}
        if error_type:
            record["errorType"] = error_type
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        print(json.dumps({"time": now, "type": "platform.report", "record": record}, separators=(",", ":")), flush=True)
    elif option["report"] == "text":
        line = (f"REPORT RequestId: {context.aws_request_id}\tDuration: {duration_ms:.2f} ms\tBilled Duration: {billed_ms} ms\t"
                f"Memory Size: {memory_mb} MB\tMax Memory Used: {used_mb} MB\t")
        if first:
            line += f"Init Duration: {init_ms:.2f} ms\t"
        if status != "success":
            line += f"Status: {status}" + (f"\tError Type: {error_type}" if error_type else "")
        print(line, flush=True)


def handler(event, context):
    global calls
    calls += 1
    option = options(event)
    memory_mb = int(context.memory_limit_in_mb)
    swing = option["spread_percent"] / 100 * CYCLE[(calls - 1) % len(CYCLE)]
    duration_ms = (option["base_ms"] + option["slope_ms"] * FULL_CPU_MB / memory_mb) * (1 + swing)
    left_ms = context.get_remaining_time_in_millis()
    fail = option["fail"] if option["fail_call"] in (0, calls) else ""
    if option["padding_bytes"]:
        print("x" * option["padding_bytes"])

    if fail == "timeout" or duration_ms > left_ms:
        report(option, context, round(left_ms, -3), calls == 1, "timeout")
        time.sleep(left_ms / 1000 + 5)
    time.sleep(duration_ms / 1000 * option["sleep_scale"])
    if memory_mb < option["need_mb"]:
        report(option, context, duration_ms, calls == 1, "error", "Runtime.OutOfMemory")
        os.kill(os.getpid(), signal.SIGKILL)
    if fail == "exit":
        report(option, context, duration_ms, calls == 1, "error", "Runtime.ExitError")
        sys.stdout.flush()
        os._exit(1)
    report(option, context, duration_ms, calls == 1)
    if option["late_padding_bytes"]:
        print("x" * option["late_padding_bytes"], flush=True)
    if fail == "error" or memory_mb < option["fail_below_mb"]:
        raise ValueError(f"planted error at {memory_mb} MB")
    return {"memory_mb": memory_mb, "duration_ms": round(duration_ms, 3), "call": calls,
            "version": context.function_version, "request_id": context.aws_request_id}
