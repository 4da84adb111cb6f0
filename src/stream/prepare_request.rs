//! The second part of a body handler: what it asks for.

use super::options::Options;
use super::request;
use crate::error::Error;
use crate::pool::{Assignment, Endpoint};
use crate::transport::Request;

/// What a request is made for.
#[derive(Clone, Copy, Debug)]
pub struct RequestContext<'a> {
    /// What the stream was told when it was opened.
    pub options: &'a Options,
    /// The endpoint and key to use, if there is a pool.
    pub assignment: Option<&'a Assignment>,
    /// The number of the attempt, from 1.
    pub attempt: u64,
    /// The id to resume after, empty for none.
    pub last_event_id: &'a str,
}

/// Makes the request of each attempt, and says which endpoint may get it.
pub trait PrepareRequest {
    /// Completes the request of an attempt, which is as the caller configured it. By default it goes to
    /// the endpoint of the pool, and asks for what follows the last id.
    fn complete_request(
        &mut self,
        request: &mut Request,
        context: &RequestContext<'_>,
    ) -> Result<(), Error> {
        let RequestContext { options, assignment, last_event_id, .. } = *context;
        if let Some(assignment) = assignment {
            request::address(request, options, assignment)?;
        }
        request::complete(&mut request.headers, options, last_event_id);
        Ok(())
    }

    /// Whether the next attempt may go to this endpoint.
    fn fits(&self, _endpoint: &Endpoint) -> bool {
        true
    }

    /// Whether the next attempt must go where the last one went.
    fn stays(&self) -> bool {
        false
    }
}
