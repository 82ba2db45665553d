"""The queries of the page about moving give an import what it needs, from tables as the old systems have them."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import make_url

from flask_acct import config, importing

from .. import postgres_server
from . import guide

BCRYPT = "$2y$10$abcdefghijklmnopqrstuuWvp5aHjpZ1VwLqkgzVHUqGQkRFaZzZC"

TABLES = """
CREATE TABLE tblclients (id int, companyname text, firstname text, lastname text, status text);
CREATE TABLE tblusers (id int, email text, first_name text, last_name text, password text);
CREATE TABLE tblusers_clients (client_id int, auth_user_id int, owner int);
INSERT INTO tblclients VALUES (7, '', 'Ana', 'Costa', 'Active'), (8, 'Closed Ltd', 'Carl', 'Old', 'Closed');
INSERT INTO tblusers VALUES (1, 'ben@bakery.example', 'Ben', 'Costa', '{hash}'),
  (2, 'ana@bakery.example', 'Ana', 'Costa', '{hash}'), (3, 'carl@old.example', 'Carl', 'Old', '{hash}');
INSERT INTO tblusers_clients VALUES (7, 1, 0), (7, 2, 1), (8, 3, 1);
CREATE TABLE client (id int, company text, first_name text, last_name text, email text, pass text, status text);
INSERT INTO client VALUES (7, 'Bakery', 'Ana', 'Costa', 'ana@bakery.example', '{hash}', 'active');
CREATE TABLE clients (id int, id_value int, user_id int, status text);
CREATE TABLE users (id int, username text);
CREATE TABLE contacts (client_id int, contact_type text, company text, first_name text, last_name text, email text);
INSERT INTO clients VALUES (1, 1507, 4, 'active');
INSERT INTO users VALUES (4, 'ana');
INSERT INTO contacts VALUES (1, 'primary', NULL, 'Ana', 'Costa', 'ana@bakery.example'),
  (1, 'billing', NULL, 'Ben', 'Costa', 'ben@bakery.example');
""".replace("{hash}", BCRYPT)

QUERIES = [block.text for block in guide.blocks("moving") if block.kind == "sql"]

EXPECTED = {
    "tblclients": [("7", "Ana Costa", "ana@bakery.example"), ("7", "Ana Costa", "ben@bakery.example")],
    "FROM client\n": [("7", "Bakery", "ana@bakery.example")],
    "FROM clients c": [("1507", "Ana Costa", "ana@bakery.example")],
}


@pytest.mark.postgres
def test_customers_of_the_old_systems_can_be_read(postgres_url: str) -> None:
    server, _, database = postgres_url.rpartition("/")
    postgres_server.execute(server, TABLES.replace("%", "%%"), database=database)
    assert len(QUERIES) == len(EXPECTED)
    for mark, people in EXPECTED.items():
        [query] = [one for one in QUERIES if mark in one]
        read = importing.read_query(str(make_url(postgres_url).render_as_string(hide_password=False)), query,
                                    config.preset("client-area"), source=mark)  # fmt: skip
        found = [(one.customer_number, one.account_name, one.email) for one in read.rows]
        assert found == people, mark
