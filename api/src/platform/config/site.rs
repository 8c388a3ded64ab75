use serde::Deserialize;
use uuid::Uuid;

use super::Config;

/// How the service presents itself to feed readers and search engines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    pub title: String,
    pub article_url: String,
    pub bulletin_url: String,
    pub sitemap_urls: u16,
}

impl Config {
    /// Scheme and host for addresses that leave the API. Where nobody set it, the sandbox's own.
    #[must_use]
    pub fn base_url(&self) -> String {
        let public_url = &self.http.public_url;
        if public_url.is_empty() {
            format!("http://{}", self.http.listen)
        } else {
            public_url.clone()
        }
    }

    /// Where people read an article.
    #[must_use]
    pub fn article_url(&self, id: Uuid) -> String {
        self.page_url(&self.site.article_url, "articles", id)
    }

    /// Where people read a bulletin.
    #[must_use]
    pub fn bulletin_url(&self, id: Uuid) -> String {
        self.page_url(&self.site.bulletin_url, "bulletins", id)
    }

    fn page_url(&self, page: &str, collection: &str, id: Uuid) -> String {
        if page.is_empty() {
            return format!("{}/api/v1/{collection}/{id}", self.base_url());
        }
        page.replace("{id}", &id.to_string())
    }
}
