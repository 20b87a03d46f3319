#!/usr/bin/python3
"""read_mails.py DIRECTORY: the mails of a maildir, each as one line of JSON, told by Python's own MIME parser."""
import email
import email.policy
import json
import os
import sys

new = os.path.join(sys.argv[1], "new")
for name in sorted(os.listdir(new)):
    with open(os.path.join(new, name), "rb") as file:
        content = file.read()
    ours = content[content.index(b"\nDate: ") + 1:]  # what stands above it, the servers on the way wrote
    mail = email.message_from_bytes(content, policy=email.policy.default)
    defects = [repr(d) for part in mail.walk() for d in part.defects]
    defects += [repr(d) for _, value in mail.items() for d in value.defects]
    to, sender = mail["To"].addresses[0], mail["From"].addresses[0]
    parts = [{"type": p.get_content_type(), "charset": p.get_content_charset(), "text": p.get_content()} for p in mail.iter_parts()]
    print(json.dumps({
        "headers": [[n, str(v)] for n, v in mail.items()], "content_type": mail.get_content_type(), "parts": parts, "defects": defects,
        "to_name": to.display_name, "to_address": to.addr_spec, "from_name": sender.display_name, "from_address": sender.addr_spec,
        "date": mail["Date"].datetime.timestamp(), "longest": max(len(line) for line in ours.split(b"\n"))}))
