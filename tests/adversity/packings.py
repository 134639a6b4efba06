"""Packings as a line or a clerk would tell them over HTTP."""

from itertools import count
from uuid import uuid4

from domain.standards.gs1_keys import check_digit

numbers = count(1)


def sscc() -> str:
    digits = f"24607095{next(numbers):09}"
    return digits + check_digit(digits)


def box(name, **contents):
    return {"sscc": name, "contents": contents}


def coded(code, kind, **contents):
    return {"code": code, "kind": kind, "contents": contents}


async def put(maker, verb, **told):
    return await maker.http.put(f"/{verb}/{uuid4()}", json=told)


async def pack(maker, *packages, **told):
    return await put(maker, "packings", packages=list(packages), **told)


async def report(maker, *lines):
    content = "".join(f"{parent}\t{child}\n" for parent, child in lines)
    headers = {"Content-Type": "text/tab-separated-values"}
    path = f"/packings/{uuid4()}/file"
    return await maker.http.put(path, content=content.encode(), headers=headers)
