"""What only the organisation can say: answers in a JSON or TOML file, all of them optional."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mypt.config import Section

Placement = Literal["public", "licensed", "private", "crawled", "user", "synthetic", "other"]
Address = Annotated[str, StringConstraints(pattern=r"^(https?://[!-~]+)?$")]


class Answers(Section):
    """Statements of whoever is responsible for the dataset or for a model made of it."""

    organisation: str = ""
    """Name and contact of the provider."""
    representative: str = ""
    """Name and contact of the authorised representative in the Union, where one is needed."""
    dataset_name: str = ""
    """What the dataset is called in public."""
    dataset_url: Address = ""
    """Where it is published, if it is."""
    published: str = Field(default="", pattern=r"^(\d{4}-\d{2}-\d{2})?$")
    """Since when."""
    created: str = Field(default="", pattern=r"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)?$")
    """Time to write into the papers; without it they hold none, and SPDX the zero of its clock."""
    models: str = ""
    """Versioned names of the models that are made of it."""
    depends_on: str = ""
    """Models that these were made from, with a link to their summaries."""
    on_the_market_since: str = ""
    """Date on which the models were placed on the market of the Union."""
    content_types: str = ""
    """What the texts are: statutes, manuals, fiction, …"""
    latest_acquisition: str = Field(default="", pattern=r"^((0[1-9]|1[0-2])/\d{4})?$")
    """Month and year in which the last texts were obtained."""
    continues: str = ""
    """Whether the models go on being trained on new texts after that date."""
    characteristics: str = ""
    """Further characteristics of the texts: regions, communities, known gaps."""
    placement: dict[str, Placement] = Field(default_factory=dict)
    """Source → what kind of data it is in the sense of the summary."""
    public: str = ""
    """Remarks on the publicly available datasets."""
    licensed: str = ""
    """Whether datasets were licensed from rightsholders, and for which kinds of content."""
    private: str = ""
    """Whether private datasets came from other third parties, and which."""
    crawled: str = ""
    """Names, purposes and behaviour of crawlers, the period, and the most relevant domains."""
    user_data: str = ""
    """Whether data of users was used, from which services and of which kind."""
    synthetic: str = ""
    """Whether texts were made by a model, and by which."""
    other: str = ""
    """Remarks on data from other sources."""
    code_of_practice: str = ""
    """Whether the provider signed the Code of Practice for general-purpose AI."""
    copyright_measures: str = ""
    """How reservations of rights were found and respected, before and while collecting."""
    illegal_content: str = ""
    """How illegal content was kept out."""
    further: str = ""
    """Other relevant information on how the data was processed."""
