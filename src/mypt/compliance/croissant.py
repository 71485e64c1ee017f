"""A dataset in Croissant 1.0, the JSON-LD that dataset searches and loaders read."""

import re
from typing import Any

from mypt.compliance.answers import Answers
from mypt.compliance.facts import Facts
from mypt.dataset.lineage import DOCUMENTS_NAME
from mypt.provenance.manifest import MANIFEST_NAME, FileEntry, manifest_bytes

_CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty", "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract", "field": "cr:field", "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject", "fileSet": "cr:fileSet", "format": "cr:format",
    "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath",
    "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
    "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex",
    "repeated": "cr:repeated", "replace": "cr:replace", "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source",
    "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip
"""As the specification recommends it, appendix 1."""

_DOCUMENT_FIELDS = {
    "id": ("sc:Text", "Source and path; unique."),
    "source": ("sc:Text", "The source that it came from."),
    "licence": ("sc:Text", "SPDX expression."),
    "language": ("sc:Text", "en, de or unknown."),
    "category": ("sc:Text", "What the text teaches."),
    "n_bytes": ("sc:Integer", "Size of the text in UTF-8."),
    "split": ("sc:Text", "train or val."),
    "n_tokens": ("sc:Integer", "Tokens of one coming."),
    "times": ("sc:Integer", "How often it comes."),
}
_SHARD_FIELDS = {
    "name": ("sc:Text", "File of token ids, little-endian and without header."),
    "dtype": ("sc:Text", "Type of one id."),
    "n_tokens": ("sc:Integer", "How many ids it holds."),
    "sha256": ("sc:Text", "Digest of the file."),
}
_ID_BYTES = {"uint16": 2, "uint32": 4}
_FORMATS = {".parquet": "application/x-parquet", ".json": "application/json"}
_SINGLE = re.compile(r"[A-Za-z0-9.-]+")


def croissant(facts: Facts, answers: Answers) -> dict[str, Any]:
    """Return the description of a dataset; what the organisation did not say is not in it."""
    files = _files(facts)
    said = {
        "url": answers.dataset_url,
        "datePublished": answers.published,
        "creator": {"@type": "sc:Organization", "name": answers.organisation} if answers.organisation else "",
    }
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": answers.dataset_name or f"mypt-{facts.root[:16]}",
        "description": _description(facts),
        "identifier": f"sha256:{facts.root}",
        "license": [_licence(name) for name in facts.concluded],
        "inLanguage": sorted(set(facts.documents["language"].unique().to_pylist()) - {"unknown"}),
        "version": "1.0.0",
        **{key: value for key, value in said.items() if value},
        "distribution": [_file(name, entry, answers.dataset_url) for name, entry in files.items()],
        "recordSet": [_documents(), _shards(facts, files)],
    }


def _description(facts: Facts) -> str:
    tokens = facts.dataset.manifest.counts["tokens"]
    return (
        f"Texts as token ids, made by MyPT: {tokens.get('train', 0):,} to train on, "
        f"{tokens.get('val', 0):,} held out, "
        f"from {len(facts.documents):,} documents of {len(facts.sources)} sources. "
        "Paths are relative to the folder of the dataset."
    )


def _licence(name: str) -> str | dict[str, str]:
    if _SINGLE.fullmatch(name) and not name.startswith("LicenseRef-"):
        return f"https://spdx.org/licenses/{name}.html"
    return {"@type": "sc:CreativeWork", "name": name}


def _files(facts: Facts) -> dict[str, FileEntry]:
    """Return every file of the folder, the manifest that binds the others among them."""
    manifest = facts.dataset.manifest
    own = FileEntry(sha256=facts.dataset.digest, bytes=len(manifest_bytes(manifest)))
    return dict(sorted({**manifest.files, MANIFEST_NAME: own}.items()))


def _file(name: str, entry: FileEntry, url: str) -> dict[str, Any]:
    suffix = f".{name.rpartition('.')[2]}"
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": f"{url.rstrip('/')}/{name}" if url else name,
        "contentSize": f"{entry.bytes} B",
        "encodingFormat": _FORMATS.get(suffix, "application/octet-stream"),
        "sha256": entry.sha256,
    }


def _documents() -> dict[str, Any]:
    fields = [
        {
            **_field("documents", name, *about),
            "source": {"fileObject": {"@id": DOCUMENTS_NAME}, "extract": {"column": name}},
        }
        for name, about in _DOCUMENT_FIELDS.items()
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": "documents",
        "name": "documents",
        "description": "Every document that has tokens in the dataset.",
        "key": {"@id": "documents/id"},
        "field": fields,
    }


def _shards(facts: Facts, files: dict[str, FileEntry]) -> dict[str, Any]:
    dtype = str(facts.dataset.manifest.counts["dtype"])
    rows = [
        {
            "shards/name": name,
            "shards/dtype": dtype,
            "shards/n_tokens": entry.bytes // _ID_BYTES[dtype],
            "shards/sha256": entry.sha256,
        }
        for name, entry in files.items()
        if name.endswith(".bin")
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": "shards",
        "name": "shards",
        "description": "The files of token ids; the table beside each says where its documents begin.",
        "key": {"@id": "shards/name"},
        "field": [_field("shards", name, *about) for name, about in _SHARD_FIELDS.items()],
        "data": rows,
    }


def _field(record_set: str, name: str, data_type: str, description: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{record_set}/{name}",
        "name": name,
        "description": description,
        "dataType": data_type,
    }
