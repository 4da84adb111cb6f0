//! Judges a response head: is this a stream?

use std::future::poll_fn;
use std::time::{Duration, SystemTime};

use http::StatusCode;
use http::header::RETRY_AFTER;
use tokio::time::timeout;

use super::media_type::MediaTypes;
use super::notice::pairs;
use super::options::Options;
use crate::error::{Error, Kind, Phase, Refusal};
use crate::reconnect::retry_after;
use crate::transport::{Body, Response, give_way};

/// How much of a refused body is kept: enough for a JSON error or a page's title.
const EXCERPT: usize = 1024;
/// How long to wait for it; the failure is known already.
const EXCERPT_WAIT: Duration = Duration::from_secs(1);

/// The advice on a response head.
pub enum Head {
    /// A stream.
    Stream(Response),
    /// 204, "stop reconnecting" (WHATWG HTML 9.2.7).
    NoContent,
    /// Anything else.
    Refused(Error),
}

/// Accepts a success of one of the media types in `options.accept`; of a browser's `EventSource`
/// only a 200.
pub async fn judge(mut response: Response, options: &Options) -> Head {
    let status = response.status;
    if status == StatusCode::NO_CONTENT {
        return Head::NoContent;
    }
    let strict = options.strict;
    let success = match status {
        StatusCode::OK => true,
        // It says that there is no body.
        StatusCode::RESET_CONTENT => false,
        _ => status.is_success() && !strict,
    };
    let types = MediaTypes::of(&response.headers);
    let accept = &options.accept;
    let suits = || if strict { types.suit_strictly(accept) } else { types.suit(accept) };
    if success && suits() {
        return Head::Stream(response);
    }
    let got = || types.shown().unwrap_or("no content type".into());
    let error = if status == StatusCode::OK {
        let got = got();
        let sentence = format!(
            "the response is not an event stream ({got}); if it is one all the same, list its type in `accept`"
        );
        Error::new(Kind::ContentType, Phase::Response, sentence)
    } else {
        let mut sentence = format!("the server answered with status {status}");
        if success {
            sentence = format!("{sentence} and no event stream ({})", got());
        }
        Error::new(Kind::Status, Phase::Response, sentence)
    };
    let text = |name| response.headers.get(name).and_then(|value| value.to_str().ok());
    let now = SystemTime::now();
    let retry_after = retry_after::parse(text(RETRY_AFTER.as_str()), text("retry-after-ms"), now);
    // LiteLLM hands on what the provider behind it said.
    let of_provider = ["llm_provider-retry-after", "llm_provider-retry-after-ms"].map(text);
    let retry_after =
        retry_after.or_else(|| retry_after::parse(of_provider[0], of_provider[1], now));
    let headers = pairs(&response.headers)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let body = excerpt(&mut *response.body).await;
    let refusal = Refusal { status: status.as_u16(), headers, body, retry_after };
    Head::Refused(error.with_sent(true).with_refusal(refusal))
}

async fn excerpt(body: &mut dyn Body) -> String {
    let mut bytes = Vec::new();
    let read = async {
        while bytes.len() < EXCERPT
            && let Some(Ok(chunk)) = poll_fn(|cx| body.poll_chunk(cx)).await
        {
            if chunk.is_empty() {
                // A body may be compressed, and never come to anything.
                give_way().await;
            }
            bytes.extend_from_slice(&chunk[..chunk.len().min(EXCERPT - bytes.len())]);
        }
    };
    // Whatever came until then is shown.
    let _ = timeout(EXCERPT_WAIT, read).await;
    String::from_utf8_lossy(&bytes).into_owned()
}
