//! Which proxy a request goes through.
#![forbid(unsafe_code)]

use std::env;
use std::fmt;
use std::sync::OnceLock;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::error::{Error, Kind, Phase};

/// The port of SOCKS (RFC 1928, 3).
const SOCKS: u16 = 1080;

const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];

/// Where a request learns of its proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Proxy {
    /// From `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, as they were when the first
    /// request was sent.
    #[default]
    Environment,
    /// There is none, whatever the environment says.
    Never,
    /// It is this one, for every host.
    Through(ProxyUrl),
}

impl Proxy {
    /// The proxies through which requests may go; what they hold must not be shown.
    pub(crate) fn urls(&self) -> impl Iterator<Item = &Url> {
        let environment = match self {
            Self::Environment => Some(Environment::of_process()),
            Self::Never | Self::Through(_) => None,
        };
        let own = if let Self::Through(url) = self { Some(url) } else { None };
        let named = environment.into_iter().flat_map(|proxies| [&proxies.http, &proxies.https]);
        let named = named.flatten().filter_map(|named| named.as_ref().ok());
        own.into_iter().chain(named).map(|ProxyUrl(url)| url)
    }

    /// The proxy between us and `target`.
    pub(super) fn on_the_way_to(&self, target: &Url) -> Result<Option<ProxyUrl>, Error> {
        match self {
            Self::Never => Ok(None),
            Self::Through(url) => Ok(Some(url.clone())),
            Self::Environment => Environment::of_process().proxy(target),
        }
    }
}

/// The address of a proxy, with the user name and password for it. Neither is ever shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProxyUrl(Url);

impl ProxyUrl {
    /// Reads an absolute URL: `http`, `https`, `socks5` or `socks5h`.
    ///
    /// # Errors
    ///
    /// [`Kind::Request`], without a word of the URL.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::read(text).ok_or_else(|| {
            let message = "the proxy is not a url that starts with http:, https:, socks5: or \
                           socks5h: and names a host";
            Error::new(Kind::Request, Phase::Prepare, message)
        })
    }

    fn read(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let named = url.host_str().is_some_and(|host| !host.is_empty());
        // What the matcher of hyper-util cannot read would silently mean "no proxy".
        let readable = matcher(url.as_str(), "").intercept(&Uri::from_static("http://a")).is_some();
        (named && readable && SCHEMES.contains(&url.scheme())).then_some(Self(url))
    }

    /// Whether requests to `http:` are handed to the proxy whole, instead of through a tunnel in
    /// which we speak with the server itself.
    pub(super) fn takes_requests(&self) -> bool {
        self.0.scheme().starts_with("http")
    }

    /// Whether it is spoken to in TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// How to get in.
    pub(super) fn access(&self) -> Result<Access, Unreadable> {
        let mut url = self.0.clone();
        if !self.takes_requests() && url.port().is_none() {
            url.set_port(Some(SOCKS)).map_err(|()| Unreadable)?;
        }
        let found = matcher(url.as_str(), "").intercept(&Uri::from_static("http://a"));
        let found = found.ok_or(Unreadable)?;
        let login = found.raw_auth().map(|(user, password)| (user.to_owned(), password.to_owned()));
        Ok(Access { uri: found.uri().clone(), basic: found.basic_auth().cloned(), login })
    }
}

/// How to get into a proxy.
pub(super) struct Access {
    pub(super) uri: Uri,
    /// For `Proxy-Authorization`.
    pub(super) basic: Option<HeaderValue>,
    /// For SOCKS: the user name and password.
    pub(super) login: Option<(String, String)>,
}

/// A proxy's URL that cannot be used. Says nothing of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proxy's url cannot be used")
    }
}

impl std::error::Error for Unreadable {}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({})", self.0.scheme())
    }
}

fn matcher(proxy: &str, exceptions: &str) -> Matcher {
    Matcher::builder().all(proxy.to_owned()).no(exceptions.to_owned()).build()
}

/// The proxies that the environment names, or the name of the variable that is unreadable.
struct Environment {
    http: Option<Result<ProxyUrl, &'static str>>,
    https: Option<Result<ProxyUrl, &'static str>>,
    /// Intercepts what no exception covers.
    exceptions: Matcher,
}

impl Environment {
    fn of_process() -> &'static Self {
        static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
        ENVIRONMENT.get_or_init(|| Self::read(|name| env::var(name).ok()))
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        // A CGI program finds its client's `Proxy:` header in HTTP_PROXY (CVE-2016-5388).
        let cgi = variable("REQUEST_METHOD").is_some();
        let first = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| Some((name, variable(name)?.trim().to_owned())))
        };
        let proxy = |names| {
            let (name, text) = first(names).filter(|(_, text)| !cgi && !text.is_empty())?;
            let text = if text.contains("://") { text } else { format!("http://{text}") };
            Some(ProxyUrl::read(&text).ok_or(name))
        };
        let all = || proxy(["ALL_PROXY", "all_proxy"]);
        let exceptions = first(["NO_PROXY", "no_proxy"]).map(|(_, text)| text);
        Self {
            http: proxy(["HTTP_PROXY", "http_proxy"]).or_else(all),
            https: proxy(["HTTPS_PROXY", "https_proxy"]).or_else(all),
            exceptions: matcher("http://proxy", &exceptions.unwrap_or_default()),
        }
    }

    fn proxy(&self, target: &Url) -> Result<Option<ProxyUrl>, Error> {
        let configured = if target.scheme() == "https" { &self.https } else { &self.http };
        let Some(configured) = configured else { return Ok(None) };
        let origin = target.origin().ascii_serialization().parse::<Uri>();
        if origin.is_ok_and(|origin| self.exceptions.intercept(&origin).is_none()) {
            return Ok(None);
        }
        match configured {
            Ok(url) => Ok(Some(url.clone())),
            // Going around a proxy that was asked for could show traffic to the wrong people.
            Err(variable) => {
                let message = format!(
                    "the environment variable {variable} does not name a proxy; use a url that \
                     starts with http:, https:, socks5: or socks5h:"
                );
                Err(Error::new(Kind::Proxy, Phase::Connect, message).with_permanent(true))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(variables: &[(&str, &str)], target: &str) -> Result<Option<String>, String> {
        let environment = Environment::read(|wanted| {
            let found = variables.iter().find(|(name, _)| *name == wanted)?;
            Some(found.1.to_owned())
        });
        let proxy = environment.proxy(&target.parse().unwrap());
        proxy.map(|url| url.map(|url| url.0.to_string())).map_err(|error| error.to_string())
    }

    #[test]
    fn each_scheme_has_its_variable_and_all_the_rest() {
        let some = |url: &str| Ok(Some(url.to_owned()));
        let both = [("HTTP_PROXY", "http://a:1"), ("https_proxy", "https://b:2")];
        assert_eq!(ask(&both, "http://x.test/"), some("http://a:1/"));
        assert_eq!(ask(&both, "https://x.test/"), some("https://b:2/"));
        assert_eq!(ask(&both[..1], "https://x.test/"), Ok(None));
        let all = [("HTTP_PROXY", ""), ("all_proxy", "socks5h://u:p@c:3")];
        assert_eq!(ask(&all, "http://x.test/"), some("socks5h://u:p@c:3"));
        assert_eq!(ask(&all, "https://x.test/"), some("socks5h://u:p@c:3"));
        assert_eq!(ask(&[("ALL_PROXY", "d:4")], "https://x.test/"), some("http://d:4/"));
        let upper_first = [("http_proxy", "http://lower"), ("HTTP_PROXY", "http://upper")];
        assert_eq!(ask(&upper_first, "http://x.test/"), some("http://upper/"));
        let cgi = [("HTTP_PROXY", "http://evil"), ("REQUEST_METHOD", "GET")];
        assert_eq!(ask(&cgi, "http://x.test/"), Ok(None));
    }

    #[test]
    fn exceptions() {
        let direct = |list, target| {
            ask(&[("ALL_PROXY", "http://p"), ("NO_PROXY", list)], target) == Ok(None)
        };
        assert!(direct("x.test", "http://x.test/"));
        assert!(direct("a.test, .x.test", "https://sub.x.test:8443/path"));
        assert!(direct("10.0.0.0/8", "http://10.1.2.3/"));
        assert!(direct("::1", "http://[::1]:80/"));
        assert!(direct("*", "http://x.test/"));
        assert!(!direct("x.test", "http://notx.test/"));
        assert!(!direct("", "http://x.test/"));
    }

    #[test]
    fn a_variable_that_is_no_proxy_is_named_and_not_quoted() {
        for text in ["ftp://u:secret@p", "http://", "http://u:secret@[", "socks://u:secret@p"] {
            let refused = ask(&[("HTTPS_PROXY", text)], "https://x.test/").unwrap_err();
            assert!(refused.contains("HTTPS_PROXY") && !refused.contains("secret"), "{refused}");
            assert_eq!(ask(&[("HTTPS_PROXY", text)], "http://x.test/"), Ok(None));
        }
    }

    #[test]
    fn urls() {
        for fine in ["http://p", "https://u:p%40ss@p:1", "socks5://[::1]:9", "socks5h://u@p"] {
            let url = ProxyUrl::parse(fine).unwrap();
            assert!(!format!("{url:?}").contains('@'));
        }
        for wrong in ["", "p:3128", "/p", "ftp://p", "socks4://p", "socks5://", "http://a b"] {
            let error = ProxyUrl::parse(wrong).unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::Request, Phase::Prepare), "{wrong}");
        }
    }
}
