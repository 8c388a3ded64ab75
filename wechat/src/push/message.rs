//! What a push says (Tencent: "receiving ordinary messages"; protocol 3.4, 3.5).

use std::fmt;

use super::event::Event;
use super::fields::Fields;
use crate::digest::sha256;
use crate::secret::OpenId;

/// A message or event from one user.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// The account's original id (`gh_…`), which an answer must come from.
    pub to_user_name: String,
    /// The user.
    pub from: OpenId,
    /// When the platform made it (Unix seconds).
    pub created_at: i64,
    /// What it is.
    pub content: Content,
    /// Everything that came, for what this library does not know.
    pub fields: Fields,
}

/// A message or an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// The user wrote.
    Message {
        /// 64-bit id, the same in every repetition.
        id: Option<String>,
        /// What the user wrote.
        message: Message,
    },
    /// Something happened.
    Event(Event),
}

/// What a user wrote.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// Text.
    Text {
        /// The text.
        content: String,
        /// Entry of a menu message the user tapped (`bizmsgmenuid`).
        menu_id: Option<String>,
    },
    /// A picture. Media ids live three days.
    Image {
        /// Where it can be fetched from.
        pic_url: Option<String>,
        /// Its media id.
        media_id: String,
    },
    /// A voice recording.
    Voice {
        /// Its media id.
        media_id: String,
        /// `amr` or `speex`.
        format: Option<String>,
        /// What the platform understood, when recognition is on.
        recognition: Option<String>,
    },
    /// A video.
    Video {
        /// Its media id.
        media_id: String,
        /// Media id of its still.
        thumb_media_id: Option<String>,
    },
    /// A short video.
    ShortVideo {
        /// Its media id.
        media_id: String,
        /// Media id of its still.
        thumb_media_id: Option<String>,
    },
    /// A place the user picked; not to be confused with [`Event::Location`].
    Location {
        /// Degrees north (`Location_X`).
        latitude: f64,
        /// Degrees east (`Location_Y`).
        longitude: f64,
        /// Zoom level of the map.
        scale: Option<i64>,
        /// Name of the place.
        label: Option<String>,
    },
    /// A link.
    Link {
        /// Its title.
        title: Option<String>,
        /// Its description.
        description: Option<String>,
        /// Its URL.
        url: String,
    },
    /// A card of a mini-program, sent in its customer-service chat (protocol 2.10).
    MiniProgramPage {
        /// Its title.
        title: Option<String>,
        /// The mini-program.
        appid: Option<String>,
        /// The page it opens.
        page_path: String,
    },
    /// A kind this library does not know, or a known one that lacks its fields: see
    /// [`Incoming::fields`].
    Other {
        /// `MsgType` as it came.
        msg_type: String,
    },
}

impl Message {
    /// `MsgType`.
    pub fn kind(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Image { .. } => "image",
            Self::Voice { .. } => "voice",
            Self::Video { .. } => "video",
            Self::ShortVideo { .. } => "shortvideo",
            Self::Location { .. } => "location",
            Self::Link { .. } => "link",
            Self::MiniProgramPage { .. } => "miniprogrampage",
            Self::Other { msg_type } => msg_type,
        }
    }

    fn read(msg_type: &str, fields: &Fields) -> Self {
        let known = match msg_type {
            "text" => fields
                .text("Content")
                .map(|content| Self::Text { content, menu_id: fields.text("bizmsgmenuid") }),
            "image" => fields
                .text("MediaId")
                .map(|media_id| Self::Image { pic_url: fields.text("PicUrl"), media_id }),
            "voice" => fields.text("MediaId").map(|media_id| Self::Voice {
                media_id,
                format: fields.text("Format"),
                recognition: fields.text("Recognition"),
            }),
            "video" => fields.text("MediaId").map(|media_id| Self::Video {
                media_id,
                thumb_media_id: fields.text("ThumbMediaId"),
            }),
            "shortvideo" => fields.text("MediaId").map(|media_id| Self::ShortVideo {
                media_id,
                thumb_media_id: fields.text("ThumbMediaId"),
            }),
            "location" => Self::read_location(fields),
            "link" => fields.text("Url").map(|url| Self::Link {
                title: fields.text("Title"),
                description: fields.text("Description"),
                url,
            }),
            "miniprogrampage" => fields.text("PagePath").map(|page_path| Self::MiniProgramPage {
                title: fields.text("Title"),
                appid: fields.text("AppId"),
                page_path,
            }),
            _ => None,
        };
        known.unwrap_or_else(|| Self::Other { msg_type: msg_type.to_owned() })
    }

    fn read_location(fields: &Fields) -> Option<Self> {
        Some(Self::Location {
            latitude: fields.decimal("Location_X")?,
            longitude: fields.decimal("Location_Y")?,
            scale: fields.integer("Scale"),
            label: fields.text("Label"),
        })
    }
}

impl fmt::Debug for Message {
    /// The kind only: what a citizen wrote has no place in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Message").field(&self.kind()).finish()
    }
}

impl Incoming {
    /// Reads the members of a push; an error names the common member that is missing or malformed.
    pub(super) fn read(fields: Fields) -> Result<Self, &'static str> {
        let msg_type = fields.text("MsgType").ok_or("MsgType")?;
        let content = if msg_type.eq_ignore_ascii_case("event") {
            Content::Event(Event::read(&fields.text("Event").ok_or("Event")?, &fields))
        } else {
            let id = fields.text("MsgId").or_else(|| fields.text("MsgID"));
            Content::Message { id, message: Message::read(&msg_type, &fields) }
        };
        Ok(Self {
            to_user_name: fields.text("ToUserName").ok_or("ToUserName")?,
            from: fields.text("FromUserName").ok_or("FromUserName")?.into(),
            created_at: fields.integer("CreateTime").ok_or("CreateTime")?,
            content,
            fields,
        })
    }

    /// A key that is the same for every repetition of this push and for no other push (protocol
    /// 3.4). It names nobody. Keep it for at least a minute, better a day, and set it only once the
    /// work is durably queued.
    pub fn dedupe_key(&self) -> String {
        match &self.content {
            Content::Message { id: Some(id), .. } => format!("message:{}:{id}", self.to_user_name),
            Content::Message { id: None, message } => self.hashed_key(message.kind()),
            Content::Event(event) => self.hashed_key(&event.name().to_ascii_lowercase()),
        }
    }

    /// Sender, time and kind, and what tells apart several events of one second.
    fn hashed_key(&self, kind: &str) -> String {
        let mut parts = vec![
            self.to_user_name.clone(),
            self.from.as_str().to_owned(),
            self.created_at.to_string(),
            kind.to_owned(),
        ];
        for name in ["EventKey", "MsgID", "trace_id", "List"] {
            parts.push(self.fields.get(name).map(ToString::to_string).unwrap_or_default());
        }
        for wrapper in super::event::LIST_WRAPPERS {
            parts.push(self.fields.get(wrapper).map(ToString::to_string).unwrap_or_default());
        }
        // A line feed cannot occur inside JSON text or an id, so no two lists of parts join to the
        // same text.
        format!("event:{}", hex::encode(sha256([parts.join("\n").as_bytes()])))
    }
}
