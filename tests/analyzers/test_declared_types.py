"""What declared types and patterns of parameters and of models' fields leave a caller to write into a query."""

from analyzers.rule import py
from analyzers.rules.least_privilege.query_injection import QueryInjection
from tests.analyzers.rules.test_rules import marked, of_rule, plain_files, report_on

MODELS = py(
    r"""
    from dataclasses import dataclass
    from typing import Annotated, Optional
    from fastmcp import FastMCP
    from neo4j import GraphDatabase
    from pydantic import BaseModel, Field, StringConstraints

    mcp = FastMCP("graph")
    driver = GraphDatabase.driver("neo4j://graph")
    Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$")]

    class Kind(BaseModel):
        kind: str = Field(description="what it is", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")

    class Entity(Kind):
        name: str = Field(min_length=1)
        rank: int = 0
        label: Optional[Label] = None
        origin: str = "caller"
        loose: str = Field(pattern=r"^[A-Za-z_]+")
        quoted: str = Field(pattern=r"^[A-Za-z' ]+$")

    @dataclass
    class Record:
        rank: int

    @mcp.tool
    def by_kind(entities: list[Entity]) -> None:
        for entity in [Entity.model_validate(entity) for entity in entities]:
            Store().create(entities)

    class Store:
        def create(self, entities: list[Entity]) -> None:
            for entity in entities:
                driver.execute_query(f"MERGE (e:M {{name: $name}}) SET e:`{entity.kind}`", name=entity.name)

    @mcp.tool
    def by_rank(entity: Entity) -> None:
        driver.execute_query(f"MERGE (e:M) SET e.rank = {entity.rank}")

    @mcp.tool
    def by_label(entity: Entity) -> None:
        driver.execute_query(f"MERGE (e:{entity.label})")

    @mcp.tool
    def by_pattern(label: str | None = Field(None, pattern=r"^\w+$")) -> None:
        driver.execute_query(f"MERGE (e:{label})")

    @mcp.tool
    def by_alias(label: Label) -> None:
        driver.execute_query(f"MERGE (e:{label})")

    @mcp.tool
    def by_name(entities: list[Entity]) -> None:
        for entity in entities:
            driver.execute_query(f"MERGE (e:{entity.name})")  # finding

    @mcp.tool
    def by_loose(entity: Entity) -> None:
        driver.execute_query(f"MERGE (e:{entity.loose})")  # finding

    @mcp.tool
    def by_quoted(entity: Entity) -> None:
        driver.execute_query(f"MERGE (e {{name: '{entity.quoted}'}})")  # finding

    @mcp.tool
    def by_default(entity: Entity) -> None:
        driver.execute_query(f"MERGE (e:{entity.origin})")  # finding

    @mcp.tool
    def by_record(rank: str) -> None:
        record = Record(rank=rank)
        driver.execute_query(f"MERGE (e) SET e.rank = {record.rank}")  # finding

    mcp.run(transport="http")
    """,
    note="patterns and types of parameters and of fields",
)


def test_what_types_and_patterns_leave() -> None:
    found = of_rule(report_on(plain_files(MODELS.files)), QueryInjection())

    assert {(item.location.side, item.location.path, item.location.line) for item in found} == marked(MODELS)
