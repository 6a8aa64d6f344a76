"""Sidecars as four programs write them, ten variants each, and what they say as facts that can be compared."""

import xml.etree.ElementTree as ET
from collections import Counter
from xml.sax.saxutils import escape

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
SPACES = {
    "acdsee": "http://ns.acdsee.com/iptc/1.0/",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    "darktable": "http://darktable.sf.net/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
}
PROGRAMS = ("digiKam", "darktable", "Lightroom", "Immich")
VARIANTS = range(10)  # which of them: see `made`
FLAT = ("lake", "holiday 2021", "été & hiver", "苍鹭", 'say "hi"')
TREES = (("Places", "Lake"), ("Animals", "Birds", "egret"))


def made(program: str, variant: int) -> bytes:
    """A sidecar: 0 without keywords; 3 says heron already; 4 has lines of Windows; 5 other prefixes; 9 is long."""
    flat = () if variant == 0 else ("heron", *FLAT) if variant == 3 else FLAT[: variant % 5 + 1]
    trees = (("Birds", "heron"), *TREES) if variant == 3 else TREES[: variant % 3]
    steps = 400 if variant == 9 else variant
    text = {"digiKam": _digikam, "darktable": _darktable, "Lightroom": _lightroom, "Immich": _immich}[program](
        flat, trees, steps
    )
    if variant == 5:
        text = text.replace("rdf:", "r:").replace("xmlns:rdf", "xmlns:r").replace("lr:", "l:").replace("dc:", "d:")
        text = text.replace("xmlns:lr", "xmlns:l").replace("xmlns:dc", "xmlns:d")
    if variant in (6, 9):
        head = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        text = f"{head}\n{text.partition('?>')[2] or text}<!-- kept -->\n{' ' * 2000}\n<?xpacket end='w'?>"
    return text.replace("\n", "\r\n" if variant == 4 else "\n").encode()


def with_keywords(*keywords: str) -> str:
    """A sidecar with "heron" or, below a branch, "Birds|heron"."""
    items = ["".join(f"<rdf:li>{word}</rdf:li>" for word in keywords if ("|" in word) == deep) for deep in (0, 1)]
    lists = (
        f"<dc:subject><rdf:Bag>{items[0]}</rdf:Bag></dc:subject>"
        f"<lr:hierarchicalSubject><rdf:Bag>{items[1]}</rdf:Bag></lr:hierarchicalSubject><xmpMM:History>"
    )
    return made("Lightroom", 0).decode().replace("<xmpMM:History>", lists)


def facts(content: bytes | None) -> Counter[str]:
    """What an XMP says: properties with their values, whether they are attributes or elements; not what we said."""
    if content is None:
        return Counter()
    said: Counter[str] = Counter()
    for block in ET.fromstring(content).iter(f"{RDF}RDF"):
        for description in block:
            said.update(_properties(description))
    return said


def _properties(element: ET.Element) -> list[str]:
    plain = [f"{name}={value!r}" for name, value in element.attrib.items() if name != f"{RDF}about"]
    deep = [line for child in element for line in _value(child)]
    return [line for line in plain + deep if "spa-desktop" not in line]


def _value(child: ET.Element) -> list[str]:
    if len(child) and child[0].tag in (f"{RDF}Bag", f"{RDF}Seq", f"{RDF}Alt"):
        return [f"{child.tag} {child[0].tag} {item.attrib} {_value(item)}" for item in child[0]]
    if len(child) or (child.attrib and set(child.attrib) - {"{http://www.w3.org/XML/1998/namespace}lang"}):
        return [f"{child.tag} {sorted(_properties(child))}"]
    return [f"{child.tag}={child.text or ''!r}"]


def _escaped(text: str) -> str:
    return escape(text, {'"': "&quot;", "\n": "&#10;"})


def _list(name: str, kind: str, texts: tuple[str, ...]) -> str:
    items = "".join(f"\n     <rdf:li>{_escaped(text)}</rdf:li>" for text in texts)
    return f"\n   <{name}>\n    <rdf:{kind}>{items}\n    </rdf:{kind}>\n   </{name}>" if texts else ""


def _described(attributes: dict[str, str], elements: str) -> str:
    used = "".join(f'\n    xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items())
    said = "".join(f'\n   {name}="{_escaped(value)}"' for name, value in attributes.items())
    return f'\n  <rdf:Description rdf:about=""{used}{said}>{elements}\n  </rdf:Description>'


def _meta(toolkit: str, blocks: str, *, declared: bool = True) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n' if declared else ""
    return (
        f'{head}<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="{toolkit}">\n <rdf:RDF xmlns:rdf="{RDF[1:-1]}">'
        f"{blocks}\n </rdf:RDF>\n</x:xmpmeta>\n"
    )


def _digikam(flat: tuple[str, ...], trees: tuple[tuple[str, ...], ...], steps: int) -> str:
    faces = "".join(
        f'\n       <rdf:li>\n        <rdf:Description mwg-rs:Name="Ann {place}" mwg-rs:Type="Face">\n'
        f'        <mwg-rs:Area stArea:x="0.{place}" stArea:y="0.5" stArea:w="0.1" stArea:unit="normalized"/>'
        "\n        </rdf:Description>\n       </rdf:li>"
        for place in range(steps)
    )
    regions = (
        '\n   <mwg-rs:Regions rdf:parseType="Resource">\n    <mwg-rs:AppliedToDimensions stDim:w="4000" stDim:h="3000" '
        f'stDim:unit="pixel"/><mwg-rs:RegionList>\n     <rdf:Bag>{faces}\n     </rdf:Bag>\n    </mwg-rs:RegionList>'
        "\n   </mwg-rs:Regions>"
    )
    lists = _list("digiKam:TagsList", "Seq", tuple("/".join(tree) for tree in trees) + flat)
    lists += _list("MicrosoftPhoto:LastKeywordXMP", "Bag", tuple("/".join(tree) for tree in trees))
    lists += _list("lr:hierarchicalSubject", "Bag", tuple("|".join(tree) for tree in trees))
    lists += _list("dc:subject", "Bag", flat)
    categories = '<Categories><Category Assigned="1">Lake & sea</Category>\n</Categories>'
    rating = {"xmp:Rating": str(steps % 6), "MicrosoftPhoto:Rating": "75", "digiKam:PickLabel": "0"}
    return _meta("XMP Core 4.4.0-Exiv2", _described({**rating, "acdsee:categories": categories}, lists + regions))


def _darktable(flat: tuple[str, ...], trees: tuple[tuple[str, ...], ...], steps: int) -> str:
    operations = "".join(
        f'\n     <rdf:li\n      darktable:num="{place}"\n      darktable:operation="exposure"\n      '
        f'darktable:enabled="1"\n      darktable:modversion="6"\n      darktable:params="gz08eJxjYGBgkGAAgRNODE{place}"'
        f'\n      darktable:multi_name=""\n      darktable:blendop_params="gz11eJxjYIAACQYYOOHEgAYY0QV{place}"/>'
        for place in range(steps)
    )
    elements = "\n   <darktable:masks_history>\n    <rdf:Seq/>\n   </darktable:masks_history>"
    elements += f"\n   <darktable:history>\n    <rdf:Seq>{operations}\n    </rdf:Seq>\n   </darktable:history>"
    elements += _list("dc:subject", "Seq", flat)
    elements += _list("lr:hierarchicalSubject", "Seq", tuple("|".join(tree) for tree in trees) + flat)
    said = {"exif:DateTimeOriginal": "2021:05:01 10:11:12.123", "xmp:Rating": "-1", "xmpMM:DerivedFrom": "DSC_1.NEF"}
    said |= {"darktable:xmp_version": "5", "darktable:history_end": str(steps), "darktable:history_auto_hash": "a5d3ac"}
    return _meta("XMP Core 4.4.0-Exiv2", _described(said, elements))


def _lightroom(flat: tuple[str, ...], trees: tuple[tuple[str, ...], ...], steps: int) -> str:
    events = "".join(
        '\n     <rdf:li stEvt:action="saved" stEvt:instanceID="xmp.iid:7f" stEvt:when="2021-05-01T10:11:12+02:00" '
        f'stEvt:softwareAgent="Adobe Lightroom {place}.0" stEvt:changed="/metadata"/>'
        for place in range(steps)
    )
    look = (
        '\n   <crs:Look>\n    <rdf:Description crs:Name="Adobe Color" crs:Amount="1"><crs:Group>\n     <rdf:Alt>\n'
        '      <rdf:li xml:lang="x-default">Profiles</rdf:li>\n     </rdf:Alt>\n    </crs:Group>\n'
        '    <crs:Parameters crs:Version="15.4" crs:ProcessVersion="11.0" crs:ConvertToGrayscale="False"/>\n'
        "    </rdf:Description>\n   </crs:Look>"
    )
    elements = _list("dc:subject", "Bag", flat) + _list("lr:hierarchicalSubject", "Bag", tuple(map("|".join, trees)))
    elements += f"\n   <xmpMM:History>\n    <rdf:Seq>{events}\n    </rdf:Seq>\n   </xmpMM:History>{look}"
    elements += _list("crs:ToneCurvePV2012", "Seq", ("0, 0", "255, 255"))
    said = {"xmp:Rating": "3", "xmp:Label": "Red", "xmpMM:DocumentID": "xmp.did:7f", "crs:Exposure2012": "+0.35"}
    said |= {"crs:HasSettings": "True", "photoshop:SidecarForExtension": "CR2", "tiff:Make": "Canon"}
    toolkit = "Adobe XMP Core 7.0-c000 1.000000, 0000/00/00-00:00:00        "
    return _meta(toolkit, _described(said, elements), declared=False)


def _immich(flat: tuple[str, ...], trees: tuple[tuple[str, ...], ...], steps: int) -> str:
    """By exiftool: a block a namespace, each simple property an element; or of few ones, all are attributes."""
    said = {"xmp:Rating": "5", "exif:GPSLatitude": "47,22.5N", "tiff:ImageDescription": "a\nb"}
    lists = _list("digiKam:TagsList", "Seq", tuple(map("/".join, trees))), _list("dc:subject", "Bag", flat)
    if steps % 2:
        return _meta("Image::ExifTool 12.76", _described(said, "") + _described({}, "".join(lists)))
    blocks = [f"\n   <{name}>{_escaped(value)}</{name}>" for name, value in said.items()]
    blocks += [text for text in lists if text]
    blocks.append(
        '\n   <dc:description>\n    <rdf:Alt>\n     <rdf:li xml:lang="x-default">By the lake\n in May</rdf:li>\n'
        "    </rdf:Alt>\n   </dc:description>"
    )
    return _meta("Image::ExifTool 12.76", "".join(_described({}, block) for block in blocks))
