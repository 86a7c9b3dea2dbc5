"""files.*: what people share, and the three steps of an upload. No I/O."""

import mimetypes
from dataclasses import replace

from playground.slack import shapes
from playground.slack.arguments import Arguments
from playground.slack.chat import clear_status
from playground.slack.desk import Desk
from playground.slack.errors import Refused
from playground.slack.world import BOT, File, JsonObject, Message

# What a browser would get for a file without a valid token: status 200, and a page instead of the file.
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in to Slack</body></html>"


def info(desk: Desk, given: Arguments) -> JsonObject:
    file = desk.world.files.get(given.required("file")[0])
    if file is None or file.content is None:
        raise Refused("file_not_found")
    body = shapes.full_file(file, desk.world.origin)
    return {"file": body, "comments": [], "response_metadata": {"next_cursor": ""}}


def get_upload_url(desk: Desk, given: Arguments) -> JsonObject:
    """Step one: an address for the bytes. Step two is a POST to it (`receive`)."""
    (name,) = given.required("filename")
    length = given.text("length")
    if not length.isdecimal() or not int(length):
        raise Refused("invalid_arguments", "[ERROR] must be a number from 1 [json-pointer:/length]")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = File(desk.world.fresh_id("F"), name, BOT.id, kind, created=int(desk.world.clock()))
    desk.world.files[file.id] = file
    return {"upload_url": f"{desk.world.origin}/upload/v1/{file.id}", "file_id": file.id}


def receive(desk: Desk, id_: str, content: bytes) -> str | None:
    """The bytes of an announced file; what Slack answers, or None when it was not announced."""
    file = desk.world.files.get(id_)
    if file is None:
        return None
    desk.world.files[id_] = replace(file, content=content)
    return f"OK - {len(content)}"


def complete_upload(desk: Desk, given: Arguments) -> JsonObject:
    """Step three: the files stand in a message of the channel, if one is named. It has no `bot_id`."""
    wanted = given.json("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(item, dict) for item in wanted):
        raise Refused("invalid_arguments", "[ERROR] missing required field: files")
    found = [_completed(desk, item) for item in wanted]
    names = [name for name in (given.text("channel_id"), *given.text("channels").split(",")) if name]
    channels = [desk.writable(name) for name in names]
    if given.text("thread_ts") and any(channel.threadless for channel in channels):
        raise Refused("restricted_action_non_threadable_channel")
    desk.world.files.update({file.id: file for file in found})
    for channel in channels:
        message = Message(
            channel.id,
            desk.world.stamp(),
            BOT.id,
            given.text("initial_comment"),
            subtype="file_share",
            thread=given.text("thread_ts"),
            files=tuple(file.id for file in found),
        )
        message, _ = desk.workspace.post(message, method="files.completeUploadExternal")
        clear_status(desk, message)
    return {"files": [shapes.full_file(file, desk.world.origin) for file in found]}


def _completed(desk: Desk, item: JsonObject) -> File:
    file = desk.world.files.get(str(item.get("id")))
    if file is None or file.content is None:
        raise Refused("file_not_found")
    return replace(file, title=str(item.get("title") or file.name))
