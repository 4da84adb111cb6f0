//! Errors inside a 200, and what is malformed.

use perennial_sse::llm::{Class, Failure, Family, Finish};

use crate::reading::{Reading, read, read_data};

fn chat(data: &[&str]) -> Reading {
    read_data(Family::ChatCompletions, data)
}

/// The failure of an answer that is nothing but `error` under the key of that name.
fn of(error: &str) -> Failure {
    chat(&[&format!(r#"{{"error":{error}}}"#)]).error().clone()
}

#[test]
fn the_shapes_of_errors_are_all_errors() {
    let vllm = chat(&[
        r#"{"error":{"message":"too long","type":"BadRequestError","code":400}}"#,
        "[DONE]",
    ]);
    let older = chat(&[
        r#"{"object":"error","message":"too long","type":"BadRequestError","param":null,"code":400}"#,
        "[DONE]",
    ]);
    let router = chat(&[
        r#"{"id":"g","error":{"code":400,"message":"too long"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":null}],"usage":{"prompt_tokens":1}}"#,
        "[DONE]",
    ]);
    let groq = read(Family::ChatCompletions, b"event: error\ndata: {\"error\":{\"message\":\"too long\",\"type\":\"invalid_request_error\",\"code\":\"tool_use_failed\",\"status_code\":400}}\n\n");
    let inner = chat(&[
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":400,"message":"too long"}}]}"#,
    ]);
    for reading in [vllm, older, router, groq, inner] {
        assert_eq!(reading.error().message(), "too long");
        assert_eq!(reading.error().class(), Class::InvalidRequest);
        assert_eq!(reading.error().status(), Some(400));
        assert!(!reading.is_complete() && !reading.has_content);
    }
}

#[test]
fn usage_beside_an_error_is_told() {
    let both = r#"{"error":{"code":502,"message":"x"},"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":43}}"#;
    let reading = chat(&[both]);
    assert_eq!(reading.message.usage.and_then(|usage| usage.input), Some(43));
    assert_eq!(reading.content(), "a");
    assert_eq!(reading.error().class(), Class::Server);
}

#[test]
fn a_reason_may_be_the_error() {
    let reading =
        chat(&[r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"error"}]}"#]);
    assert_eq!(reading.error().class(), Class::Server);
    assert!(reading.finishes().is_empty() && !reading.is_complete());
}

#[test]
fn reasons_that_mean_failure_are_failures() {
    let reasons = [
        ("network_error", Class::Server),
        ("insufficient_system_resource", Class::Overloaded),
        ("abort", Class::Server),
        ("aborted", Class::Server),
        ("failed", Class::Server),
        ("timeout", Class::Timeout),
        ("cancelled", Class::Server),
        ("overloaded_error", Class::Overloaded),
        ("rate_limit_error", Class::RateLimit),
        ("upstream_error", Class::Server),
    ];
    for (reason, class) in reasons {
        let end =
            format!(r#"{{"choices":[{{"delta":{{"content":"a"}},"finish_reason":"{reason}"}}]}}"#);
        let reading = chat(&[&end, "[DONE]"]);
        assert_eq!(reading.error().class(), class, "{reason}");
        assert_eq!(reading.error().code(), Some(reason));
        assert!(reading.error().message().contains(reason));
        assert!(reading.finishes().is_empty() && !reading.is_complete());
    }
    let filtered = chat(&[r#"{"choices":[{"delta":{},"finish_reason":"sensitive"}]}"#]);
    assert_eq!(filtered.message.answer.finish(), Some(Finish::ContentFilter));
    assert!(filtered.is_complete());
}

#[test]
fn reasons_that_mean_failure_do_so_in_every_family() {
    let stop = r#"{"type":"message_delta","delta":{"stop_reason":"timeout"}}"#;
    assert_eq!(read_data(Family::Anthropic, &[stop]).error().class(), Class::Timeout);
    let failed = r#"{"type":"response.completed","response":{"id":"r","status":"failed"}}"#;
    assert_eq!(read_data(Family::Responses, &[failed]).error().class(), Class::Server);
    let cancelled = r#"{"type":"response.cancelled","response":{"id":"r"}}"#;
    assert_eq!(read_data(Family::Responses, &[cancelled]).error().code(), Some("cancelled"));
    let line = r#"{"model":"m","done":true,"done_reason":"aborted"}"#;
    assert_eq!(read_data(Family::Ollama, &[line]).error().code(), Some("aborted"));
    let call = r#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"It was f("}]}"#;
    let gemini = read_data(Family::Gemini, &[call]);
    assert_eq!(gemini.error().class(), Class::InvalidRequest);
    assert_eq!(gemini.error().message(), "It was f(");
}

#[test]
fn an_error_event_may_hold_anything() {
    for data in ["boom", "{", "[]", "{}", "\"boom\"", "", r#"{"type":"boom"}"#, r#"{"error":null}"#]
    {
        for family in ["chat-completions", "responses", "anthropic", "gemini"] {
            let family = Family::named(family).expect("a family");
            let reading = read(family, format!("event: error\ndata: {data}\n\n").as_bytes());
            assert_eq!(reading.error().class(), Class::Server, "{data}");
        }
    }
}

#[test]
fn no_error_is_no_error() {
    for error in ["null", "false", "\"\"", "{}", "[]", "0", r#"{"message":""}"#, r#"{"code":null}"#]
    {
        assert!(
            chat(&[&format!(r#"{{"error":{error},"choices":[]}}"#)]).errors().is_empty(),
            "{error}"
        );
    }
}

#[test]
fn classes_follow_labels_then_status_then_sentence() {
    let rows = [
        (r#"{"code":"rate_limit_exceeded"}"#, Class::RateLimit),
        (r#"{"type":"rate_limit_error"}"#, Class::RateLimit),
        (r#"{"type":"RateLimitError","code":429}"#, Class::RateLimit),
        (r#"{"code":429,"status":"RESOURCE_EXHAUSTED"}"#, Class::RateLimit),
        (r#"{"code":"Throttling.RateQuota","message":"x"}"#, Class::RateLimit),
        (r#"{"code":"429"}"#, Class::RateLimit),
        (r#"{"type":"insufficient_quota","code":"insufficient_quota","status":429}"#, Class::Quota),
        (r#"{"type":"exceeded_current_quota_error"}"#, Class::Quota),
        (r#"{"type":"billing_error"}"#, Class::Quota),
        (r#"{"code":402,"message":"Insufficient credits"}"#, Class::Quota),
        (r#"{"type":"overloaded_error"}"#, Class::Overloaded),
        (r#"{"message":"The engine is currently overloaded"}"#, Class::Overloaded),
        (r#"{"code":503}"#, Class::Overloaded),
        (r#"{"type":"authentication_error"}"#, Class::Auth),
        (r#"{"type":"invalid_request_error","code":"invalid_api_key"}"#, Class::Auth),
        (r#"{"code":401}"#, Class::Auth),
        (r#"{"type":"permission_error"}"#, Class::Permission),
        (r#"{"code":"model_not_found","type":"invalid_request_error"}"#, Class::NotFound),
        (
            r#"{"type":"invalid_request_error","code":"context_length_exceeded"}"#,
            Class::ContextLength,
        ),
        (
            r#"{"type":"invalid_request_error","message":"prompt is too long: 2 > 1"}"#,
            Class::ContextLength,
        ),
        (
            r#"{"code":400,"message":"This model's maximum context length is 1"}"#,
            Class::ContextLength,
        ),
        (r#"{"code":"content_filter"}"#, Class::ContentFilter),
        (r#"{"code":"DataInspectionFailed"}"#, Class::ContentFilter),
        (r#"{"type":"timeout_error"}"#, Class::Timeout),
        (r#"{"code":504,"status":"DEADLINE_EXCEEDED"}"#, Class::Timeout),
        (r#"{"type":"invalid_request_error"}"#, Class::InvalidRequest),
        (r#"{"type":"BadRequestError","code":400}"#, Class::InvalidRequest),
        (r#"{"code":"server_error"}"#, Class::Server),
        (r#"{"type":"api_error","message":"Internal server error"}"#, Class::Server),
        (r#"{"type":"InternalServerError","code":500}"#, Class::Server),
        (r#"{"message":"boom"}"#, Class::Server),
        (r#"{"code":"1302","message":"boom"}"#, Class::Server),
        (r#""boom""#, Class::Server),
    ];
    for (error, class) in rows {
        assert_eq!(of(error).class(), class, "{error}");
    }
}

#[test]
fn a_failure_has_the_status_it_named_or_the_usual_one() {
    assert_eq!(of(r#"{"code":"insufficient_quota","status_code":429}"#).status(), Some(429));
    assert_eq!(of(r#"{"code":"insufficient_quota"}"#).status(), Some(402));
    assert_eq!(of(r#"{"message":"boom"}"#).status(), Some(500));
    assert_eq!(of(r#"{"code":1234567,"message":"boom"}"#).status(), Some(500));
    assert_eq!(of(r#"{"code":200,"message":"boom"}"#).status(), Some(500));
    let retryable = ["rate_limit", "overloaded", "server_error", "timeout"];
    assert!(retryable.iter().all(|code| of(&format!(r#"{{"code":"{code}"}}"#)).is_retryable()));
    let fatal =
        ["insufficient_quota", "unauthorized", "context_length_exceeded", "invalid_request"];
    assert!(fatal.iter().all(|code| !of(&format!(r#"{{"code":"{code}"}}"#)).is_retryable()));
}

#[test]
fn what_a_provider_says_is_kept_short() {
    let long = "\u{1F30A}".repeat(1000);
    let failure = of(&format!(r#"{{"message":"{long}","code":"{long}"}}"#));
    assert_eq!(failure.message().len(), 1024);
    assert_eq!(failure.code().map(str::len), Some(128));
    let failure = of(r#"{"message":" Slow down. ","code":"rate_limit"}"#);
    let sentence = "the provider ended the answer with an error (rate-limit): Slow down.";
    assert_eq!(failure.to_string(), sentence);
}

#[test]
fn an_error_is_heard_under_any_name() {
    let rows = [
        (
            r#"{"id":"x","choices":null,"usage":null,"base_resp":{"status_code":1008,"status_msg":"no money"}}"#,
            (Class::Quota, "no money"),
        ),
        (
            r#"{"base_resp":{"status_code":1002,"status_msg":"slow down"}}"#,
            (Class::RateLimit, "slow down"),
        ),
        (
            r#"{"base_resp":{"status_code":4711,"status_msg":"overloaded"}}"#,
            (Class::Overloaded, "overloaded"),
        ),
        (
            r#"{"choices":[{"delta":{"content":""}}],"base_resp":{"status_code":1027,"status_msg":"sensitive"}}"#,
            (Class::ContentFilter, "sensitive"),
        ),
        (
            r#"{"errors":[{"code":7003,"message":"no route"}],"success":false}"#,
            (Class::Server, "no route"),
        ),
        (r#"{"errors":{"message":"unauthorized, log in"}}"#, (Class::Auth, "unauthorized, log in")),
        (r#"{"errors":["first","second"]}"#, (Class::Server, "first")),
        (r#"{"errors":"all of it"}"#, (Class::Server, "all of it")),
        (
            r#"{"error_code":18,"error_msg":"Open api qps request limit reached"}"#,
            (Class::Server, "Open api qps request limit reached"),
        ),
        (r#"{"code":401,"msg":"who are you"}"#, (Class::Auth, "who are you")),
        (r#"{"code":"1113","msg":"Insufficient balance"}"#, (Class::Quota, "Insufficient balance")),
        (r#"{"error":true,"msg":"boom"}"#, (Class::Server, "boom")),
        (r#"{"error":[{"message":"boom","code":503}]}"#, (Class::Overloaded, "boom")),
        (
            r#"{"detail":[{"loc":["body"],"msg":"field required","type":"missing"}]}"#,
            (Class::Server, "field required"),
        ),
        (r#"{"title":"Gone","status":404,"type":"about:blank"}"#, (Class::NotFound, "Gone")),
        (r#"{"errorMessage":"boom"}"#, (Class::Server, "boom")),
    ];
    for family in ["chat-completions", "responses", "anthropic", "gemini", "ollama"] {
        let family = Family::named(family).expect("a family");
        for (data, (class, message)) in rows {
            if data.contains("choices\":[") && family != Family::ChatCompletions {
                continue;
            }
            // Where an event has a type, one of these may be it.
            if data.contains("type") && matches!(family, Family::Responses | Family::Anthropic) {
                continue;
            }
            let reading = read_data(family, &[data]);
            assert_eq!(reading.errors().len(), 1, "{family:?} {data}");
            assert_eq!(reading.error().class(), class, "{family:?} {data}");
            assert_eq!(reading.error().message(), message, "{family:?} {data}");
        }
    }
}

#[test]
fn word_that_all_is_well_is_no_error() {
    for data in [
        r#"{"code":0,"message":"Success","sid":"a"}"#,
        r#"{"code":200,"msg":"fine"}"#,
        r#"{"code":"0","msg":"fine"}"#,
        r#"{"msg":"ok"}"#,
        r#"{"success":true,"message":"started"}"#,
        r#"{"base_resp":{"status_code":0,"status_msg":"success"}}"#,
        r#"{"errors":[]}"#,
        r#"{"errors":null,"error":null,"base_resp":null}"#,
        r#"{"choices":[{"delta":{"content":"a"}}],"msg":"now"}"#,
    ] {
        assert!(chat(&[data]).errors().is_empty(), "{data}");
    }
}

#[test]
fn malformed_events_are_refused_and_may_be_passed_over() {
    let good = r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#;
    let bad = [
        "{",
        "x",
        "7",
        "[]",
        "null",
        "[1]",
        "{\"choices\":7}",
        "{\"choices\":[7]}",
        "{} {}",
        "<html>",
    ];
    for bad in bad {
        let reading = chat(&[good, bad, good]);
        assert_eq!(reading.refused(), Class::Malformed, "{bad}");
        assert!(reading.refused[0].is_retryable());
        assert_eq!(reading.content(), "aa");
    }
    for family in ["responses", "anthropic", "gemini", "ollama"] {
        let family = Family::named(family).expect("a family");
        for bad in ["{\"a\":", "x", "7"] {
            assert_eq!(read_data(family, &[bad]).refused(), Class::Malformed, "{bad}");
        }
    }
}

#[test]
fn a_refusal_quotes_nothing_of_the_answer() {
    let reading = chat(&[
        r#"{"choices":[{"delta":{"content":{"secret":1}}}]}"#,
        r#"{"choices":"secret"}"#,
        "secret",
    ]);
    for failure in &reading.refused {
        assert!(!failure.to_string().contains("secret"), "{failure}");
    }
    let sentence = "an event of the answer is malformed: its data is not a JSON object";
    assert_eq!(reading.refused[2].to_string(), sentence);
}
