//! Pictures, drawn anew: decoded, turned as the camera says, encoded. What does not show is gone:
//! EXIF with place and time, comments, colour profiles, previews, whatever was appended.
//!
//! Only JPEG and PNG come out, which every client of WeChat shows: PNG for what is drawn or
//! transparent, JPEG for photographs, and for what would be too large as PNG. Of an animation the
//! first picture stays.

use std::io::Cursor;

use entity::media_file::MediaType;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::error::ImageError;
use image::imageops;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Rgba, RgbaImage};

use super::{Bounds, Examined, Flaw, Rendition};

/// The widths of the smaller renditions, in pixels, widest first.
pub const WIDTHS: [u32; 2] = [960, 320];
const JPEG_QUALITY: u8 = 85;
/// Decoders work with up to 16 bits in each of four channels.
const BYTES_PER_PIXEL: u64 = 8;

pub(super) fn kind_of(content: &[u8]) -> Option<MediaType> {
    match image::guess_format(content).ok()? {
        ImageFormat::Jpeg => Some(MediaType::Jpeg),
        ImageFormat::Png => Some(MediaType::Png),
        ImageFormat::WebP => Some(MediaType::Webp),
        ImageFormat::Gif => Some(MediaType::Gif),
        _ => None,
    }
}

pub(super) fn redraw(kind: MediaType, content: &[u8], bounds: Bounds) -> Result<Examined, Flaw> {
    if kind_of(content) != Some(kind) {
        return Err(Flaw::OtherKind);
    }
    if kind == MediaType::Jpeg && !is_whole_jpeg(content) {
        return Err(Flaw::Broken);
    }
    let picture = decode(content, bounds)?;
    let picture = if picture.width().max(picture.height()) > bounds.side {
        picture.thumbnail(bounds.side, bounds.side)
    } else {
        picture
    };
    let picture = visible(picture);
    let is_drawn = matches!(kind, MediaType::Png | MediaType::Gif);
    let (kind, full) = encode_within(&picture, is_drawn, bounds.bytes)?;
    let mut smaller: Vec<Rendition> = Vec::new();
    let mut last = picture;
    for width in WIDTHS {
        if last.width() <= width {
            continue;
        }
        // From the one before: each is a fraction of the work of the full picture.
        let height = u64::from(last.height()) * u64::from(width) / u64::from(last.width());
        let height = u32::try_from(height).unwrap_or(u32::MAX).max(1);
        last = last.thumbnail_exact(width, height);
        smaller.push(encode(&last, kind)?);
    }
    Ok(Examined { kind, full, smaller })
}

/// The size is known from the head; nothing of a picture that is too large is drawn.
fn decode(content: &[u8], bounds: Bounds) -> Result<DynamicImage, Flaw> {
    let mut reader = ImageReader::new(Cursor::new(content));
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(bounds.pixels.saturating_mul(BYTES_PER_PIXEL));
    reader.limits(limits);
    let reader = reader.with_guessed_format().map_err(|_cause| Flaw::OtherKind)?;
    let mut decoder = reader.into_decoder().map_err(flaw)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > bounds.pixels {
        return Err(Flaw::TooManyPixels);
    }
    let orientation = decoder.orientation().map_err(flaw)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(flaw)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn flaw(cause: ImageError) -> Flaw {
    match cause {
        ImageError::Limits(_) => Flaw::TooManyPixels,
        _ => Flaw::Broken,
    }
}

/// Eight bits each of red, green and blue, and of opacity only where something shows through.
fn visible(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.into_rgb8());
    }
    let picture = picture.into_rgba8();
    if picture.pixels().all(|Rgba([.., opacity])| *opacity == u8::MAX) {
        return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(picture).into_rgb8());
    }
    DynamicImage::ImageRgba8(picture)
}

fn encode_within(
    picture: &DynamicImage,
    is_drawn: bool,
    most: usize,
) -> Result<(MediaType, Rendition), Flaw> {
    if is_drawn || picture.color().has_alpha() {
        let png = encode(picture, MediaType::Png)?;
        if png.content.len() <= most {
            return Ok((MediaType::Png, png));
        }
    }
    Ok((MediaType::Jpeg, encode(picture, MediaType::Jpeg)?))
}

fn encode(picture: &DynamicImage, kind: MediaType) -> Result<Rendition, Flaw> {
    let mut content = Vec::new();
    if kind == MediaType::Png {
        picture.write_with_encoder(PngEncoder::new(&mut content)).map_err(flaw)?;
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut content, JPEG_QUALITY);
        if picture.color().has_alpha() {
            on_white(picture).write_with_encoder(encoder).map_err(flaw)?;
        } else {
            picture.write_with_encoder(encoder).map_err(flaw)?;
        }
    }
    Ok(Rendition { size: Some((picture.width(), picture.height())), content: content.into() })
}

/// JPEG knows no transparency.
fn on_white(picture: &DynamicImage) -> DynamicImage {
    let white = Rgba([u8::MAX; 4]);
    let mut page = RgbaImage::from_pixel(picture.width(), picture.height(), white);
    imageops::overlay(&mut page, picture, 0, 0);
    DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(page).into_rgb8())
}

/// Whether the picture itself is closed by its end marker. The decoder would fill what is missing
/// with grey, and half a receipt is no evidence.
fn is_whole_jpeg(content: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xDA;
    // Segments, each with its length, up to the first scan; previews lie inside segments.
    let mut rest = content.get(2..).unwrap_or_default();
    loop {
        match rest {
            [0xFF, 0xFF, ..] => rest = rest.get(1..).unwrap_or_default(),
            [0xFF, START_OF_SCAN, scan @ ..] => {
                return scan.windows(2).any(|pair| pair == [0xFF, 0xD9]);
            }
            [0xFF, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(2 + length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, Rgb, RgbImage};

    use super::*;

    const BOUNDS: Bounds = Bounds { bytes: 1 << 20, pixels: 1_000_000, side: 2_000 };

    fn bytes(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    fn photo(width: u32, height: u32) -> DynamicImage {
        let shade = |x: u32, y: u32| u8::try_from((x * 7 + y * 13) % 256).unwrap();
        RgbImage::from_fn(width, height, |x, y| Rgb([shade(x, y), shade(y, x), 90])).into()
    }

    fn size(content: &[u8]) -> (u32, u32) {
        let picture = image::load_from_memory(content).unwrap();
        (picture.width(), picture.height())
    }

    #[test]
    fn every_kind_comes_out_as_jpeg_or_png() {
        for (format, given, kept) in [
            (ImageFormat::Jpeg, MediaType::Jpeg, MediaType::Jpeg),
            (ImageFormat::Png, MediaType::Png, MediaType::Png),
            (ImageFormat::WebP, MediaType::Webp, MediaType::Jpeg),
            (ImageFormat::Gif, MediaType::Gif, MediaType::Png),
        ] {
            let content = bytes(&photo(40, 30), format);
            let examined = redraw(given, &content, BOUNDS).unwrap();
            assert_eq!((examined.kind, examined.full.size), (kept, Some((40, 30))), "{given:?}");
            assert_eq!(kind_of(&examined.full.content), Some(kept));
            assert!(examined.smaller.is_empty());
            for other in [MediaType::Jpeg, MediaType::Png, MediaType::Webp, MediaType::Gif] {
                let wrong = redraw(other, &content, BOUNDS).err();
                assert_eq!(wrong, (other != given).then_some(Flaw::OtherKind));
            }
        }
    }

    #[test]
    fn what_shows_through_stays_and_what_does_not_is_dropped() {
        let clear: DynamicImage = RgbaImage::from_pixel(9, 9, Rgba([1, 2, 3, 100])).into();
        let kept = redraw(MediaType::Webp, &bytes(&clear, ImageFormat::WebP), BOUNDS).unwrap();
        assert_eq!(kept.kind, MediaType::Png);
        assert!(image::load_from_memory(&kept.full.content).unwrap().color().has_alpha());
        let solid: DynamicImage = RgbaImage::from_pixel(9, 9, Rgba([1, 2, 3, 255])).into();
        let kept = redraw(MediaType::Webp, &bytes(&solid, ImageFormat::WebP), BOUNDS).unwrap();
        assert_eq!(kept.kind, MediaType::Jpeg);
        let grey: DynamicImage = GrayImage::from_pixel(9, 9, Luma([7])).into();
        redraw(MediaType::Png, &bytes(&grey, ImageFormat::Png), BOUNDS).unwrap();
    }

    #[test]
    fn a_drawing_too_large_as_png_becomes_a_photograph() {
        let noise = bytes(&photo(300, 300), ImageFormat::Png);
        let small = Bounds { bytes: 10_000, ..BOUNDS };
        assert_eq!(redraw(MediaType::Png, &noise, BOUNDS).unwrap().kind, MediaType::Png);
        assert_eq!(redraw(MediaType::Png, &noise, small).unwrap().kind, MediaType::Jpeg);
    }

    #[test]
    fn renditions_are_narrower_and_keep_the_shape() {
        let content = bytes(&photo(1_200, 600), ImageFormat::Jpeg);
        let examined = redraw(MediaType::Jpeg, &content, BOUNDS).unwrap();
        let sizes: Vec<_> = examined.smaller.iter().map(|r| r.size.unwrap()).collect();
        assert_eq!(sizes, [(960, 480), (320, 160)]);
        for rendition in &examined.smaller {
            assert_eq!(Some(size(&rendition.content)), rendition.size);
        }
        let shrunk = redraw(MediaType::Jpeg, &content, Bounds { side: 400, ..BOUNDS }).unwrap();
        assert_eq!(shrunk.full.size, Some((400, 200)));
        assert_eq!(shrunk.smaller.len(), 1);
        let line = bytes(&photo(1_000, 1), ImageFormat::Png);
        let line = redraw(MediaType::Png, &line, BOUNDS).unwrap();
        assert_eq!(line.smaller[1].size, Some((320, 1)));
    }

    #[test]
    fn too_many_pixels_are_refused_by_the_head() {
        let wide = bytes(&photo(1_001, 1_000), ImageFormat::Png);
        let refused = redraw(MediaType::Png, &wide, BOUNDS).err();
        assert_eq!(refused, Some(Flaw::TooManyPixels));
    }

    #[test]
    fn half_a_picture_is_broken() {
        for (format, kind) in [
            (ImageFormat::Jpeg, MediaType::Jpeg),
            (ImageFormat::Png, MediaType::Png),
            (ImageFormat::WebP, MediaType::Webp),
            (ImageFormat::Gif, MediaType::Gif),
        ] {
            let content = bytes(&photo(200, 100), format);
            for part in [content.len() / 2, content.len() - 10, 20] {
                let half = redraw(kind, &content[..part], BOUNDS).err();
                assert_eq!(half, Some(Flaw::Broken), "{kind:?} {part}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_damage_brings_a_decoder_down(
            at in 0_usize..2_000, with in proptest::num::u8::ANY, which in 0_usize..4,
        ) {
            let (format, kind) = [
                (ImageFormat::Jpeg, MediaType::Jpeg),
                (ImageFormat::Png, MediaType::Png),
                (ImageFormat::WebP, MediaType::Webp),
                (ImageFormat::Gif, MediaType::Gif),
            ][which];
            let mut content = bytes(&photo(60, 40), format);
            let at = at % content.len();
            content[at] = with;
            let _outcome = redraw(kind, &content, BOUNDS);
        }
    }
}
