//! Going on from what came: nothing twice, nothing missing.

use serde_json::json;

use perennial_sse::chat::Resume;
use perennial_sse::error::Kind;
use perennial_sse::llm::Family;
use perennial_sse::pool::PrefillStyle;

use super::asking::{Ask, DONE, ask, chunk, data, finish, says, says_all, usage};
use super::scripted::{Dial, status, stream};

fn continuing(style: PrefillStyle) -> Ask {
    ask().resume(&[Resume::Continue]).prefill(style)
}

#[tokio::test(start_paused = true)]
async fn the_endpoint_is_given_what_came() {
    for (style, member) in [
        (PrefillStyle::Deepseek, Some("prefix")),
        (PrefillStyle::Mistral, Some("prefix")),
        (PrefillStyle::Qwen, Some("partial")),
        (PrefillStyle::Kimi, Some("partial")),
        (PrefillStyle::Vllm, None),
    ] {
        let asked = continuing(style)
            .start([says(&["Hel", "lo "]).breaks(Kind::Reset), says_all(&["world"])]);
        let told = asked.end().await;
        assert_eq!(told.last().unwrap(), "close terminal");
        // One start, of the first attempt.
        assert_eq!(told.iter().filter(|told| told.starts_with("start")).count(), 1);
        assert_eq!(asked.content(), "Hello world");
        let body = &asked.bodies()[1];
        let last = body["messages"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["role"], &last["content"]), (&json!("assistant"), &json!("Hello ")));
        match member {
            Some(member) => assert_eq!(last[member], true),
            None => assert_eq!(body["continue_final_message"], true),
        }
        assert_eq!(asked.attempts("resume"), ["null", "continue"]);
    }
}

#[tokio::test(start_paused = true)]
async fn every_cut_is_mended_with_an_echo_and_without() {
    let pieces = ["One", " ", "two,", " three", " ", "四", "."];
    for echo in [false, true] {
        let style = if echo { PrefillStyle::Mistral } else { PrefillStyle::Deepseek };
        // Each attempt breaks one piece further.
        let script: Vec<Dial> = (0..pieces.len())
            .map(|number| {
                let mut said = vec![pieces[number]];
                let before = pieces[..number].concat();
                if echo {
                    said.insert(0, &before);
                }
                let said: Vec<&str> = said.into_iter().filter(|piece| !piece.is_empty()).collect();
                if number + 1 == pieces.len() {
                    says_all(&said)
                } else {
                    says(&said).breaks(Kind::Reset)
                }
            })
            .collect();
        let asked = continuing(style).start(script);
        let told = asked.end().await;
        assert_eq!(told.last().unwrap(), "close terminal", "{told:?}");
        assert_eq!(asked.content(), pieces.concat());
        let text: String = told.iter().filter_map(|told| told.strip_prefix("content ")).collect();
        assert_eq!(text, pieces.concat());
    }
}

#[tokio::test(start_paused = true)]
async fn anthropic_gets_no_white_space_at_the_end_and_none_twice() {
    let event = |json: serde_json::Value| {
        format!("event: {}\n{}", json["type"].as_str().unwrap(), data(&json))
    };
    let start = event(json!({ "type": "message_start", "message": { "id": "m1" } }));
    let text = |text: &str| {
        event(
            json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
        )
    };
    let stop = event(json!({ "type": "message_stop" }));
    let asked = continuing(PrefillStyle::Anthropic).family(Family::Anthropic).start([
        stream(&start).chunk(text("One\n")).breaks(Kind::Reset),
        stream(&start).chunk(text("\n")).chunk(text("two")).chunk(&stop),
    ]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.content(), "One\ntwo");
    assert_eq!(asked.bodies()[1]["messages"][1]["content"], "One");
    let request = &asked.net.dials()[1].request;
    assert_eq!(request.url.as_str(), "http://one.example/v1/messages");
    assert_eq!(request.headers["x-api-key"], "key-1");
    assert_eq!(request.headers["anthropic-version"], "2023-06-01");
    assert!(!request.headers.contains_key("authorization"));
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_tokens_shrinks_by_what_came() {
    let body = |limit: u64| json!({ "max_tokens": limit, "messages": [] });
    let asked = continuing(PrefillStyle::Vllm)
        .body(&body(10))
        .start([says(&["a", "b", "c"]).breaks(Kind::Reset), says_all(&["d"])]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.bodies()[1]["max_tokens"], 7);
    // Nothing left to ask for.
    let asked = continuing(PrefillStyle::Vllm)
        .body(&body(3))
        .start([says(&["a", "b", "c"]).breaks(Kind::Reset)]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_RESET");
}

#[tokio::test(start_paused = true)]
async fn usage_is_summed() {
    let asked = continuing(PrefillStyle::Vllm).start([
        says(&["a"]).chunk(usage(5, 1)).breaks(Kind::Reset),
        says(&["b"]).chunk(finish()).chunk(usage(6, 1)).chunk(DONE),
    ]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    let usage = &asked.snapshot()["usage"];
    assert_eq!((&usage["input"], &usage["output"]), (&json!(11), &json!(2)));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_refuses_leaves_it_to_the_next_policy() {
    let cut = || says(&["He"]).breaks(Kind::Reset);
    let asked = continuing(PrefillStyle::Vllm).start([cut(), status(400)]);
    assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_STATUS");
    assert_eq!(asked.content(), "He");
    let asked = continuing(PrefillStyle::Vllm)
        .resume(&[Resume::Continue, Resume::Restart])
        .start([cut(), status(400), says_all(&["Hello"])]);
    assert_eq!(asked.end().await.last().unwrap(), "close terminal");
    assert_eq!(asked.content(), "Hello");
    assert_eq!(asked.attempts("resume"), ["null", "continue", "restart"]);
}

#[tokio::test(start_paused = true)]
async fn thoughts_and_tool_calls_cannot_be_continued() {
    let thought = chunk(&json!({ "delta": { "reasoning_content": "hm" }, "finish_reason": null }));
    let call = json!({ "index": 0, "id": "t", "function": { "name": "f", "arguments": "{" } });
    let call = chunk(&json!({ "delta": { "tool_calls": [call] }, "finish_reason": null }));
    for lost in [thought, call] {
        let asked = continuing(PrefillStyle::Vllm)
            .start([says(&["He"]).chunk(lost).breaks(Kind::Reset), says_all(&["llo"])]);
        assert_eq!(asked.end().await.last().unwrap(), "close error ERR_SSE_RESET");
        assert_eq!(asked.net.dials().len(), 1);
    }
}
