"""The whole population through Splink: blocking, summing, cut-off and clusters there; keys and levels are the model's.

Splink (an optional extra) makes the pairs from our keys, adds the weights of our table level by level, and clusters.
Which level a pair stands on is asked of the function `msix_level`, which is registered with the backend and compares
with the same code as everywhere else. DuckDB runs in the process; for Spark the function is a pandas UDF. PostgreSQL
runs no Python: there each record brings the records that it is compared with, and the levels, and the function reads.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import pairwise
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, StaticPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from msixlite.domain import matching_pairs
from msixlite.domain.errors import RuleBroken
from msixlite.domain.linking import Linker
from msixlite.domain.matching_columns import Columns
from msixlite.domain.matching_comparisons import FEATURES
from msixlite.domain.matching_model import Model
from msixlite.domain.matching_scoring import Scorer, guards_of
from msixlite.models.words import _l

BACKENDS = ("duckdb", "spark", "postgresql")
FUNCTION = "msix_level"
SCHEMA = "msix_splink"
"""Where Splink's tables lie in a PostgreSQL database: made at the start, dropped at the end."""
BY_KEYS: dict[str, Any] = {"blocking_rule": "l.keys = r.keys", "arrays_to_explode": ["keys"]}
BY_PAIRS: dict[str, Any] = {"blocking_rule": "(l.unique_id, r.unique_id) IN (SELECT * FROM msix_pair)"}
"""How Splink makes the pairs: from the records' keys; or those that we made, where it cannot explode lists."""
STEP, REACH = 0.2, 6.0
"""The trees' correction as levels: so wide, and so far to either side, in log odds."""
HELD = -50.0
"""Log odds of a pair that a guard holds back: Splink has no veto."""
RARE = 1e-4
"""The u of each level; m is u times what the level's weight says."""
Ints = NDArray[np.int64]


class Levels:
    """On which level of each comparison pairs of rows stand. Remembers the pairs asked last: levels come one by one."""

    def __init__(self, records: Columns, scorer: Scorer) -> None:
        self.records, self.scorer = records, scorer
        self._pairs = np.empty(0, dtype=np.int64)
        self._levels: dict[int, Ints] = {}

    def __call__(self, comparison: int, low: Ints, high: Ints) -> Ints:
        pairs = low.astype(np.int64) << 32 | high.astype(np.int64)
        at = np.searchsorted(self._pairs, pairs)
        if not len(self._pairs) or (self._pairs[np.minimum(at, len(self._pairs) - 1)] != pairs).any():
            self._look(pairs)
            at = np.searchsorted(self._pairs, pairs)
        return self._levels[comparison][at]

    def _look(self, pairs: Ints) -> None:
        self._pairs = np.unique(pairs)
        left = self.records.rows(self._pairs >> 32)
        right = self.records.rows(self._pairs & 0xFFFFFFFF)
        compared, model = self.scorer.compared(left, right), self.scorer.model
        self._levels = {index: np.searchsorted(model.edges[index], compared[:, index]) for index in weighted(model)}
        steps = np.rint(model.correction(compared) / STEP).clip(-REACH / STEP, REACH / STEP)
        self._levels[TREES] = steps.astype(np.int64) + round(REACH / STEP)
        self._levels[GUARDS] = (guards_of(compared) != 0).astype(np.int64)

    def as_bytes(self, low: Ints, high: Ints) -> NDArray[np.uint8]:
        """One row for each pair: its level of each comparison, by the comparison's number."""
        made = np.zeros((len(low), GUARDS + 1), dtype=np.uint8)
        for start in range(0, len(low), matching_pairs.TOGETHER):
            some = slice(start, start + matching_pairs.TOGETHER)
            for comparison in (*weighted(self.scorer.model), TREES, GUARDS):
                made[some, comparison] = self(comparison, low[some], high[some])
        return made


TREES, GUARDS = len(FEATURES), len(FEATURES) + 1
"""Numbers of the two comparisons beside the table's: the trees' correction, and the guards."""


def weighted(model: Model) -> list[int]:
    """The comparisons that have a weight of their own."""
    return [index for index, weights in enumerate(model.weights) if len(weights) > 1]


def settings(model: Model, rule: dict[str, Any] = BY_KEYS) -> dict[str, Any]:
    """Splink's settings, generated from the model's table: the same for every backend, but for how pairs are made."""
    trees = [STEP * step - REACH for step in range(2 * round(REACH / STEP) + 1)]
    comparisons = [_comparison(index, FEATURES[index], model.weights[index].tolist()) for index in weighted(model)]
    comparisons += [_comparison(TREES, "together", trees), _comparison(GUARDS, "guard", [0.0, HELD])]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": 1 / (1 + math.exp(-model.start)),
        "blocking_rules_to_generate_predictions": [rule],
        "comparisons": comparisons,
        "retain_intermediate_calculation_columns": False,
        "retain_matching_columns": False,
    }


def _comparison(number: int, name: str, weights: list[float]) -> dict[str, Any]:
    levels = [_level(number, level, weight) for level, weight in enumerate(weights)]
    levels[-1]["sql_condition"] = "ELSE"
    return {"output_column_name": name, "comparison_levels": levels}


def _level(number: int, level: int, weight: float) -> dict[str, Any]:
    return {
        "sql_condition": f"{FUNCTION}({number}, place_l, place_r) = {level}",
        "label_for_charts": f"level {level}",
        "u_probability": RARE,
        "m_probability": RARE * math.exp(weight),
        "fix_m_probability": True,
        "fix_u_probability": True,
    }


def table(records: Columns) -> Any:
    """One row a State record, for Splink: its number, twice, and the keys that it shares with some other record."""
    import pyarrow

    keys, rows = matching_pairs.shared_keys(records)
    ends = np.searchsorted(rows, np.arange(len(records.numbers) + 1))
    lists = pyarrow.ListArray.from_arrays(pyarrow.array(ends, pyarrow.int32()), pyarrow.array(keys.view(np.int64)))
    numbers = pyarrow.array(np.arange(len(records.numbers), dtype=np.int64))
    return pyarrow.table({"unique_id": numbers, "place": numbers, "keys": lists})


def engine(backend: str = "duckdb", address: str = "") -> Callable[[Linker], Ints]:
    """The engine that asks Splink; the address is the site's database. Raises RuleBroken where it cannot run."""
    if backend not in BACKENDS:
        raise RuleBroken(
            _l("Splink runs on %(backends)s, not on “%(backend)s”.", backends=", ".join(BACKENDS), backend=backend)
        )
    if backend == "postgresql" and not address.startswith("postgresql"):
        raise RuleBroken(_l("Splink runs on PostgreSQL only where the site's own database is PostgreSQL."))
    try:
        import splink  # noqa: F401
    except ImportError:
        raise RuleBroken(_l("Splink is not installed. Install it with: pip install 'msixlite[splink]'")) from None
    return lambda linker: clusters(linker, backend, address)


def clusters(linker: Linker, backend: str = "duckdb", address: str = "") -> Ints:
    """The cluster of each record: Splink's, each of them looked at as a whole, because Splink's are chains of links."""
    from splink import Linker as SplinkLinker

    records, scorer = linker.columns(), linker.scorer
    least = scorer.model.same_at / math.log(2)
    with _PLACES[backend](Levels(records, scorer), address) as place:
        joined = SplinkLinker(place.api.register(place.records), settings(scorer.model, place.rule))
        found = joined.inference.predict(threshold_match_weight=least)
        clustered = joined.clustering.cluster_pairwise_predictions_at_threshold(found, threshold_match_weight=least)
        frame = clustered.as_pandas_dataframe()
    labels = np.arange(linker.size, dtype=np.int64)
    labels[frame["unique_id"].to_numpy()] = frame["cluster_id"].to_numpy()
    return linker.settled(records, [group for group in _groups(labels) if len(group) > 1])


def _groups(labels: Ints) -> list[list[int]]:
    order = np.argsort(labels, kind="stable")
    starts = np.nonzero(np.diff(labels[order]))[0] + 1
    return [group.tolist() for group in np.split(order, starts)]


class _Place(NamedTuple):
    """Where Splink runs, the records there, and how they are paired."""

    api: Any
    records: Any
    rule: dict[str, Any] = BY_KEYS


@contextmanager
def _duckdb(levels: Levels, _address: str) -> Iterator[_Place]:
    import duckdb
    import pyarrow
    from splink import DuckDBAPI

    def level(number: Any, low: Any, high: Any) -> Any:
        sides = (np.asarray(side.to_numpy()) for side in (low, high))
        return pyarrow.array(levels(number[0].as_py(), *sides).astype(np.int32))

    connection = duckdb.connect(config={"threads": 1})
    connection.create_function(FUNCTION, level, ["INTEGER", "BIGINT", "BIGINT"], "INTEGER", type="arrow")
    yield _Place(DuckDBAPI(connection), table(levels.records))


@contextmanager
def _spark(levels: Levels, _address: str) -> Iterator[_Place]:
    """Numbers and hashed keys lie in files between the steps: on a cluster, `spark.checkpoint.dir` names where."""
    import pandas
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import pandas_udf
    from splink.backends.spark import SparkAPI

    session = SparkSession.builder.getOrCreate()
    shared = session.sparkContext.broadcast(levels)  # one in a process: each of its functions would look anew

    @pandas_udf("int")  # type: ignore[untyped-decorator, unused-ignore]
    def level(number: pandas.Series, low: pandas.Series, high: pandas.Series) -> pandas.Series:
        if number.empty:
            return number
        return pandas.Series(shared.value(int(number.iloc[0]), low.to_numpy(), high.to_numpy()))

    session.udf.register(FUNCTION, level)
    with TemporaryDirectory() as folder:
        if not session.conf.get("spark.checkpoint.dir", ""):
            session.sparkContext.setCheckpointDir(folder)
        yield _Place(SparkAPI(spark_session=session, break_lineage_method="parquet"), table(levels.records))


@contextmanager
def _postgresql(levels: Levels, address: str) -> Iterator[_Place]:
    """All in one connection, whose search path finds Splink's schema first."""
    from splink.backends.postgres import PostgresAPI

    database = create_engine(address, poolclass=StaticPool, hide_parameters=True)
    with _schema(database):
        try:
            api = PostgresAPI(database, schema=SCHEMA)
        except DBAPIError:
            raise RuleBroken(
                _l(
                    "Splink wants the right to create a schema in the database, and PostgreSQL's extension "
                    "fuzzystrmatch."
                )
            ) from None
        with database.begin() as connection:
            connection.execute(text(_TABLES))
            _lay(levels, connection)
            connection.execute(text("ANALYZE msix_place"))
        yield _Place(api, "msix_record", BY_PAIRS)


@contextmanager
def _schema(database: Engine) -> Iterator[None]:
    """No schema of Splink's before, and none after. A second run waits here until the first has ended."""
    drop = text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    with database.begin() as connection:
        connection.execute(text("SELECT pg_advisory_lock(hashtext(:name))"), {"name": SCHEMA})
        connection.execute(drop)
    try:
        yield
    finally:
        with database.begin() as connection:
            connection.execute(drop)
        database.dispose()


_TABLES = f"""
SET jit = off;
CREATE TABLE msix_place (number bigint PRIMARY KEY, others bigint[], levels bytea);
CREATE VIEW msix_pair AS SELECT number, unnest(others) AS other FROM msix_place;
CREATE VIEW msix_record AS SELECT number AS unique_id, msix_place AS place FROM msix_place;
CREATE FUNCTION {FUNCTION}(comparison integer, low msix_place, high msix_place) RETURNS integer LANGUAGE sql VOLATILE
AS 'SELECT get_byte(low.levels, (array_position(low.others, high.number) - 1) * {GUARDS + 1} + comparison)'
"""  # noqa: S608 - made of constants
"""So short a function is written out where it is called. Were it not volatile, a comparison's whole CASE would be, too,
each time that Splink's next step asks for its level. To compile all that (`jit`) takes longer than all the rest."""


def _lay(levels: Levels, connection: Connection) -> None:
    """Each record with the higher ones that it is compared with, and for each of them a byte for each comparison."""
    low, high = matching_pairs.pairs(levels.records)
    found = levels.as_bytes(low, high)
    ends = np.searchsorted(low, np.arange(len(levels.records.numbers) + 1)).tolist()
    with connection.connection.cursor().copy("COPY msix_place FROM STDIN") as rows:
        for number, (start, end) in enumerate(pairwise(ends)):
            rows.write_row((number, high[start:end].tolist(), found[start:end].tobytes()))


_PLACES: dict[str, Callable[[Levels, str], AbstractContextManager[_Place]]] = {
    "duckdb": _duckdb,
    "spark": _spark,
    "postgresql": _postgresql,
}
