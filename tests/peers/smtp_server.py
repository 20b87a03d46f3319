#!/usr/bin/python3
"""A submission server on loopback: STARTTLS, then AUTH, then mails. What it took is told by Python's own MIME parser.

  smtp_server.py DIR PORT     certificate DIR/tls.pem and DIR/tls.key; appends a line of JSON a mail to DIR/mails.jsonl

A recipient's local part asks for a fault: grey (451 at RCPT), dead (550 5.1.1 at RCPT), full (552 5.2.2 at the end),
cut (hangs up after the last line, mail taken), slow (takes 3 s to say yes). Password of every account: "secret".
"""
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

directory, port = sys.argv[1], int(sys.argv[2])


def told(envelope, session):
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    parts = [{"type": p.get_content_type(), "charset": p.get_content_charset(), "text": p.get_content()}
             for p in mail.iter_parts()]
    headers = [[name, str(value)] for name, value in mail.items()]
    defects = [repr(d) for part in mail.walk() for d in part.defects]
    defects += [repr(d) for _, value in mail.items() for d in value.defects]
    to = mail["To"].addresses[0]
    return {"from": envelope.mail_from, "to": envelope.rcpt_tos, "user": session.auth_data, "headers": headers,
            "to_name": to.display_name, "to_address": to.addr_spec, "parts": parts, "defects": defects,
            "hello": session.host_name, "peer": list(session.peer),
            "crlf_only": b"\n" not in envelope.original_content.replace(b"\r\n", b"")}


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        word = address.split("@")[0]
        if word == "grey":
            return "451 4.7.1 greylisted, come back"
        if word == "dead":
            return "550-5.1.1 No such user\r\n550 5.1.1 here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        word = envelope.rcpt_tos[0].split("@")[0]
        if word == "full":
            return "552 5.2.2 mailbox full"
        with open(os.path.join(directory, "mails.jsonl"), "a", encoding="utf-8") as out:
            out.write(json.dumps(told(envelope, session)) + "\n")
        if word == "cut":
            server.transport.abort()
        if word == "slow":
            await asyncio.sleep(3)
        return "250 2.0.0 OK: queued"


def authenticate(server, session, envelope, mechanism, auth):
    if auth.password != b"secret":
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=auth.login.decode())


async def main():
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(os.path.join(directory, "tls.pem"), os.path.join(directory, "tls.key"))
    loop = asyncio.get_running_loop()

    def session():
        return SMTP(Handler(), hostname="mail.test", tls_context=tls, require_starttls=True, auth_required=True,
                    authenticator=authenticate, loop=loop)

    server = await loop.create_server(session, "127.0.0.1", port)
    with open(os.path.join(directory, "port"), "w", encoding="ascii") as out:
        out.write(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


asyncio.run(main())
