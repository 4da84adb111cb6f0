//! The events of each kind of text. Those of one kind have data of one length, so that clients can
//! cheaply check that what they count is whole.

/// How many differ, before they come again.
pub const LAP: usize = 4096;

/// A piece of an LLM's answer, about 300 bytes.
pub fn plain(number: usize) -> String {
    answer(number, "and then the river ran on towards the sea, as rivers do, without an end")
}

/// As long in bytes, but a third of it Chinese.
pub fn chinese(number: usize) -> String {
    answer(number, "江水滔滔不绝地流向大海，就像所有的河流一样")
}

fn answer(number: usize, content: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT\",\"object\":\"chat.completion.chunk\",\
         \"created\":1741569952,\"model\":\"gpt-4.1\",\"system_fingerprint\":null,\"choices\":[{{\"index\":0,\
         \"delta\":{{\"content\":\"{number:04} {content}\"}},\"finish_reason\":null}}]}}\n\n"
    )
}

/// Eleven bytes of data, and an id.
pub fn short(number: usize) -> String {
    format!("id: {number:05}\ndata: tick {number:06}\n\n")
}
