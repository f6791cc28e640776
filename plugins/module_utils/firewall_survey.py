# Copyright (c) 2026, the cloudaudit.huaweicloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All firewalls of several accounts in several regions: who asks where, and what was found.

An account is a set of connection options. Its projects are listed once, each region looks into its own ones, and all projects of
all accounts are asked at the same time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.arguments import CONNECTION, connect
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.api import Cfw
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.query import check_id
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cfw.refusal import refused
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.cloud import connection_options, endpoints
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.errors import ApiError, CloudAuditError, OptionError, TransportError
from ansible_collections.cloudaudit.huaweicloud.plugins.module_utils.firewalls import Filters, Project, choose_projects, discover, named_projects, why_nothing

MAX_CONCURRENCY = 64  # what a session can take
DEFAULT_NAME = "default"  # of the account, where only one connection is given

PLACES = ("regions", "endpoints", "project_ids", "project_names")  # beside the connection: where to look
# What accounts share unless they say otherwise. Who they are and which projects are theirs is each one's own.
SHARED = (
    *("region", "regions", "endpoint", "endpoints", "auth_url", "enterprise_project_id"),
    *("validate_certs", "ca_path", "timeout", "retry_timeout", "rate_limit"),
)
OWN = tuple(name for name in (*CONNECTION, *PLACES) if name not in SHARED)
_ALIASES = {alias: name for name, argument in CONNECTION.items() for alias in argument.get("aliases", ())}
_DEFAULTS = {name: argument["default"] for name, argument in CONNECTION.items() if "default" in argument}
SECRETS = tuple(name for name, argument in CONNECTION.items() if argument.get("no_log"))


class Account(NamedTuple):
    """Who asks, and where. Without ``regions`` it is the connection's region; without projects all that may be entered."""

    name: str
    connection: dict[str, Any]
    regions: tuple[str, ...]
    endpoints: dict[str, str]
    project_ids: tuple[str, ...]
    project_names: tuple[str, ...]

    def public(self) -> dict[str, Any]:
        """What of it is no secret: decides whether a cached answer is an answer to the same question."""
        connection = {name: value for name, value in self.connection.items() if name not in SECRETS}
        return {**self._asdict(), "connection": connection}


class Survey(NamedTuple):
    """``asked`` projects and accounts; those that refused are ``unreadable``, which is not the same as without firewalls."""

    firewalls: list[dict[str, Any]]
    unreadable: list[dict[str, Any]]
    warnings: list[str]
    asked: int


class _Place(NamedTuple):
    """The Cloud Firewall of one region, as an account may see it, and the projects to look into."""

    account: Account
    cfw: Cfw
    region: str | None
    projects: list[Project]
    skipped: list[dict[str, Any]]  # projects that are not of the region, or disabled


def read_accounts(options: Mapping[str, Any], environ: Mapping[str, str]) -> list[Account]:
    """The accounts of an inventory's options, checked as far as possible without asking anybody. Raises OptionError."""
    given = options.get("accounts")
    if given is None:
        accounts = [_account(DEFAULT_NAME, options, "")]
        _check_environment(accounts, environ)
        return accounts
    if not isinstance(given, list) or not given:
        # not shown: it may hold anything
        raise OptionError("accounts is not a list of accounts.", "Give a list of dictionaries, each with a name and connection options.", option="accounts")
    own = [name for name in OWN if connection_options.given(options.get(name)) and options[name] != _DEFAULTS.get(name)]
    if own:
        raise OptionError(f"{own[0]} is given beside accounts, so it is not clear whose it is.", "Give it in one of the accounts.", option=own[0])
    shared = {name: options.get(name) for name in SHARED}
    accounts = [_listed_account(number, entry, shared, environ) for number, entry in enumerate(given)]
    names = [account.name for account in accounts]
    for name in names:
        if names.count(name) > 1:
            raise refused("accounts", name, "names more than one account", "each account a name of its own")
    _check_environment(accounts, environ)
    return accounts


def _listed_account(number: int, entry: Any, shared: Mapping[str, Any], environ: Mapping[str, str]) -> Account:
    where = f"accounts[{number}]"
    if not isinstance(entry, Mapping):
        raise OptionError(f"{where} is not a dictionary.", "Give a name and connection options.", option="accounts")
    own: dict[str, Any] = {_ALIASES.get(str(name), str(name)): value for name, value in entry.items()}
    unknown = sorted(set(own) - {"name", "environment", *CONNECTION, *PLACES})
    if unknown:
        allowed = sorted({"name", "environment", *CONNECTION, *PLACES})
        raise OptionError(f"{where} has no option {', '.join(unknown)}.", f"Give some of {', '.join(allowed)}.", option="accounts", allowed=allowed)
    name, variables = own.pop("name", None), own.pop("environment", None)
    if not isinstance(name, str) or not name:
        raise OptionError(f"{where} has no name.", "Give it one: it is shown in messages, and is a variable of its firewalls.", option="accounts")
    own.update(_from_environment(f"{where} ({name})", variables, own, environ))
    if own.get("regions") is not None:
        shared = {key: value for key, value in shared.items() if key != "region"}
    elif own.get("region") is not None:
        shared = {key: value for key, value in shared.items() if key != "regions"}
    given = {key: value for key, value in own.items() if connection_options.given(value)}
    return _account(str(name), {**shared, **given}, f"{where} ({name}): ")


def _from_environment(where: str, variables: Any, own: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """The options that an account takes from environment variables of its own choice."""
    if variables is None:
        return {}
    if not isinstance(variables, Mapping):
        raise OptionError(f"{where}: environment is not a dictionary.", "Give names of variables by names of connection options.", option="accounts")
    values = {}
    for alias, variable in variables.items():
        option = _ALIASES.get(alias, alias)
        if option not in CONNECTION or option in own:
            why = "is given twice" if option in own else "is not a connection option"
            raise OptionError(f"{where}: {option} {why} (environment).", "Give each connection option in one place.", option="accounts")
        if not connection_options.given(environ.get(str(variable))):
            raise OptionError(f"{where}: the environment variable {variable} for {option} is not set.", "Set it, or give the option.", option=option)
        values[option] = environ[str(variable)]
    return values


def _account(name: str, options: Mapping[str, Any], where: str) -> Account:
    connection = {option: options.get(option) for option in CONNECTION}
    regions = _texts(where, "regions", options.get("regions"))
    addresses = options.get("endpoints") or {}
    if regions:
        if connection_options.given(connection["region"]):
            raise OptionError(f"{where}region and regions exclude each other.", "Give one of them.", option="regions")
        connection["region"] = regions[0]
    for region in regions:
        endpoints.for_region("cfw", region)
    if not isinstance(addresses, Mapping) or set(addresses) - set(regions or (connection["region"],)):
        raise OptionError(f"{where}endpoints is not a dictionary of addresses by regions.", "Name each of its regions in regions, too.", option="endpoints")
    if addresses and connection_options.given(connection["endpoint"]):
        raise OptionError(f"{where}endpoint and endpoints exclude each other.", "Give one of them.", option="endpoints")
    if len(regions) > 1 and connection_options.given(connection["endpoint"]):
        raise OptionError(f"{where}endpoint is one address, but there are {len(regions)} regions.", "Give endpoints, an address by region.", option="endpoint")
    ids, names = _texts(where, "project_ids", options.get("project_ids")), _texts(where, "project_names", options.get("project_names"))
    # The connection's project, when somebody chose one, is the choice of that project.
    chosen = [option for option in ("project_id", "project_name", "project_ids", "project_names") if options.get(option)]
    if len(chosen) > 1:
        raise OptionError(f"{where}{' and '.join(chosen)} exclude each other.", "Give one of them.", option=chosen[1])
    ids += (str(options["project_id"]),) if options.get("project_id") else ()
    names += (str(options["project_name"]),) if options.get("project_name") else ()
    for project_id in ids:
        check_id("project_ids", project_id)
    return Account(name, connection, regions, {str(key): str(value) for key, value in addresses.items()}, ids, names)


def _texts(where: str, option: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)) or not value or not all(isinstance(item, str) and item for item in value):
        raise refused(f"{where}{option}", value, "is not a list of names", "at least one text, or leave it out")
    return tuple(dict.fromkeys(str(item) for item in value))


def _check_environment(accounts: list[Account], environ: Mapping[str, str]) -> None:
    """A project in the environment would become the scope of every account, and belongs to one at most; an address belongs to one region."""
    for account, variable in ((account, variable) for account in accounts for variable in connection_options.ENVIRONMENT["endpoint"]):
        if len(account.regions) > 1 and set(account.regions) - set(account.endpoints) and connection_options.given(environ.get(variable)):
            raise OptionError(
                f"The environment variable {variable} is one address, but there are {len(account.regions)} regions.",
                "Unset it, or give endpoints, an address by region.",
                option="endpoint",
            )
    if len(accounts) < 2:
        return
    for option in ("project_id", "project_name"):
        for variable in connection_options.ENVIRONMENT[option]:
            if connection_options.given(environ.get(variable)):
                raise OptionError(
                    f"The environment variable {variable} names a project, but there are {len(accounts)} accounts.",
                    "Unset it, and give project_ids or project_names in the accounts.",
                    option=option,
                )


def survey(accounts: Iterable[Account], concurrency: int) -> Survey:
    """Ask all accounts for their firewalls, ``concurrency`` projects at the same time.

    What refuses is stated and does not stop the others. Raises OptionError where what is asked for can't be asked at all.
    Each firewall is returned once, in the order of accounts, regions and projects, with ``account`` and ``endpoint`` beside its fields.
    """
    stop = threading.Event()
    found = Survey([], [], [], 0)
    with ThreadPoolExecutor(concurrency) as pool:
        try:
            plans = list(pool.map(lambda account: _plan(account, stop), accounts))
            refusals = [plan for plan in plans if isinstance(plan, dict)]
            jobs = [(place, project) for plan in plans if isinstance(plan, list) for place in plan for project in place.projects]
            answers = list(pool.map(_look, jobs))
        except BaseException:
            stop.set()  # also what is being tried again, or waits for its turn
            raise
    found.unreadable.extend(refusals)
    seen: dict[str, str] = {}
    for (place, _project), answer in zip(jobs, answers):
        found.warnings.extend(answer.warnings)
        found.unreadable.extend({"account": place.account.name, "region": place.region, **entry} for entry in answer.unreadable)
        for firewall in answer.firewalls:
            first = seen.get(firewall["id"])
            if first is not None:
                found.warnings.append(f"Firewall {firewall['id']} is seen by the accounts {first} and {place.account.name}; it is listed for {first}.")
                continue
            seen[firewall["id"]] = place.account.name
            found.firewalls.append({**firewall, "account": place.account.name, "endpoint": place.cfw.base_url})
    productive = {place.account.name for (place, _project), answer in zip(jobs, answers) if answer.firewalls or answer.unreadable}
    for plan in plans:
        if isinstance(plan, list) and plan[0].account.name not in productive:
            found.warnings.extend(_why_nothing(plan))
    return found._replace(asked=len(jobs) + len(refusals))


def _why_nothing(places: list[_Place]) -> list[str]:
    """What to say of an account in whose regions there is no firewall."""
    looked_into = {project.id for place in places for project in place.projects}
    skipped = {entry["project_id"]: entry for place in places for entry in place.skipped if entry["project_id"] not in looked_into}
    regions = [place.region for place in places if place.region is not None]
    reason = why_nothing(", ".join(regions) or None, len(looked_into), skipped.values())
    return [f"Account {places[0].account.name}: {reason}"] if reason else []


def _plan(account: Account, stop: threading.Event) -> list[_Place] | dict[str, Any]:
    """The regions to ask with their projects; or, where the account's projects can't be listed, how it refused."""
    session = connect(account.connection, stop)
    regions = account.regions or (session.region,)
    cfws = [Cfw(session, region, account.endpoints.get(region or "")) for region in regions]
    if account.project_ids and len(regions) == 1:
        # No permission to list projects is needed here, and no project's name has to begin with the region's.
        return [_Place(account, cfws[0], regions[0], [Project(project_id, None) for project_id in account.project_ids], [])]
    try:
        listed = cfws[0].projects()
    except (ApiError, TransportError) as error:
        return {"account": account.name, "region": None, "project_id": None, "project_name": None, **_refusal(error)}
    if account.project_names and len(regions) == 1:
        return [_Place(account, cfws[0], regions[0], named_projects(listed, account.project_names), [])]
    wanted = _wanted(account, listed)
    places = [_Place(account, cfw, region, *choose_projects(wanted, region)) for cfw, region in zip(cfws, regions)]
    if account.project_ids or account.project_names:
        _check_places(account, wanted, places)
    return places


def _wanted(account: Account, listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if account.project_names:
        ids = {project.id for project in named_projects(listed, account.project_names)}
    elif account.project_ids:
        ids = set(account.project_ids)
        unknown = ids - {project["id"] for project in listed}
        if unknown:
            raise refused("project_ids", sorted(unknown)[0], f"is not a project that the account {account.name} may enter", "IDs of its projects")
    else:
        return listed
    return [project for project in listed if project["id"] in ids]


def _check_places(account: Account, wanted: list[dict[str, Any]], places: list[_Place]) -> None:
    """A project that was asked for by name or ID is not left out in silence."""
    placed = {project.id for place in places for project in place.projects}
    for project in wanted:
        if project["id"] not in placed:
            regions = ", ".join(place.region or "any" for place in places)
            raise OptionError(
                f"The project {project['name']} of the account {account.name} is disabled, or in none of the regions {regions}.",
                "Add its region to regions, or leave the project out.",
                option="project_names",
                value=project["name"],
            )


def _look(job: tuple[_Place, Project]) -> Any:
    place, project = job
    filters = Filters(enterprise_project_id=place.cfw.session.enterprise_project_id)
    return discover(place.cfw, [project], filters, place.region)


def _refusal(error: CloudAuditError) -> dict[str, Any]:
    return {"error": str(error), **{name: error.details.get(name) for name in ("code", "status", "request_id")}}
