"""Messages as mail servers write them about a letter they could not deliver; the addresses are nobody's."""

POSTFIX = """Return-Path: <>
X-Original-To: {to}
Delivered-To: {to}
Received: by mx.example.no (Postfix)
	id 4F2D81C0A5; Fri, 27 Nov 2026 09:31:02 +0100 (CET)
Date: Fri, 27 Nov 2026 09:31:02 +0100 (CET)
From: MAILER-DAEMON@mx.example.no (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="9B3A21C0A4.1795768262/mx.example.no"
Message-Id: <20261127083102.4F2D81C0A5@mx.example.no>

This is a MIME-encapsulated message.

--9B3A21C0A4.1795768262/mx.example.no
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.no.

<kari@teatret.example>: host mail.teatret.example[192.0.2.7] said: 550 5.1.1
    <kari@teatret.example>: Recipient address rejected: User unknown in virtual
    mailbox table (in reply to RCPT TO command)

--9B3A21C0A4.1795768262/mx.example.no
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.no
X-Postfix-Queue-ID: 9B3A21C0A4
X-Postfix-Sender: rfc822; {to}
Arrival-Date: Fri, 27 Nov 2026 09:31:01 +0100 (CET)

Final-Recipient: rfc822; kari@teatret.example
Original-Recipient: rfc822;kari@teatret.example
Action: {action}
Status: {status}
Remote-MTA: dns; mail.teatret.example
Diagnostic-Code: smtp; 550 {status} <kari@teatret.example>: Recipient address
    rejected: User unknown in virtual mailbox table

--9B3A21C0A4.1795768262/mx.example.no
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: Balanse <balanse@example.no>
To: kari@teatret.example
Subject: =?utf-8?q?P=C3=A5minnelse?=

Hei, Kari!

--9B3A21C0A4.1795768262/mx.example.no--
"""

EXCHANGE = """Received: from VI1EUR01.example.com (2603:10a6::1) by AM0PR08.example.com with HTTPS;
 Fri, 27 Nov 2026 08:31:05 +0000
MIME-Version: 1.0
From: <postmaster@teatret.example>
To: <{to}>
Date: Fri, 27 Nov 2026 08:31:04 +0000
Content-Type: multipart/report; report-type=delivery-status;
 boundary="7b6a7c0e-3b11-4a5c-9a6e-2f0e6a1b9c2d"
Content-Language: nb-NO
Message-ID: <1f6b2f54-1d4c-4c92-8c3e-9e5b7b1f2a11@AM0PR08.example.com>
In-Reply-To: <1@example.no>
Subject: =?utf-8?B?S2FuIGlra2UgbGV2ZXJlczogUMOlbWlubmVsc2U=?=
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
X-MS-Exchange-Message-Is-Ndr:

--7b6a7c0e-3b11-4a5c-9a6e-2f0e6a1b9c2d
Content-Type: multipart/alternative; differences=Content-Type;
 boundary="ad1c0a5c-0d9e-4b0e-8a44-55f1b1f2b7a0"

--ad1c0a5c-0d9e-4b0e-8a44-55f1b1f2b7a0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

TWVsZGluZ2VuIGt1bm5lIGlra2UgbGV2ZXJlcy4=

--ad1c0a5c-0d9e-4b0e-8a44-55f1b1f2b7a0--

--7b6a7c0e-3b11-4a5c-9a6e-2f0e6a1b9c2d
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR08.example.com
Received-From-MTA: dns;mx.example.no
Arrival-Date: Fri, 27 Nov 2026 08:31:03 +0000

Original-Recipient: rfc822;kari@teatret.example
Final-Recipient: rfc822;kari@teatret.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp;550 {status} RESOLVER.ADR.RecipNotFound; Recipient kari@teatret.example not found by SMTP
X-Display-Name: Kari Berg

--7b6a7c0e-3b11-4a5c-9a6e-2f0e6a1b9c2d
Content-Type: message/rfc822

From: Balanse <balanse@example.no>
To: kari@teatret.example

--7b6a7c0e-3b11-4a5c-9a6e-2f0e6a1b9c2d--
"""

EXIM = """Return-path: <>
Envelope-to: {to}
Delivery-date: Fri, 27 Nov 2026 09:31:03 +0100
Received: from mailnull by relay.example.org with local (Exim 4.96)
	id 1rABCd-0004Xy-2f
	for {to};
	Fri, 27 Nov 2026 09:31:03 +0100
X-Failed-Recipients: kari@teatret.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@relay.example.org>
To: {to}
References: <1@example.no>
Content-Type: multipart/report; report-type=delivery-status; boundary=1795768263-eximdsn-1804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1rABCd-0004Xy-2f@relay.example.org>
Date: Fri, 27 Nov 2026 09:31:03 +0100

--1795768263-eximdsn-1804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--1795768263-eximdsn-1804289383
Content-type: message/delivery-status

Reporting-MTA: dns; relay.example.org

Action: {action}
Final-Recipient: rfc822;kari@teatret.example
Status: {status}
Remote-MTA: dns; mail.teatret.example
Diagnostic-Code: smtp; 550 No such mailbox

--1795768263-eximdsn-1804289383
Content-type: message/rfc822

Return-path: <{to}>
From: Balanse <balanse@example.no>

--1795768263-eximdsn-1804289383--
"""

# Addresses in any script have a part of another kind (RFC 6533).
GLOBAL = POSTFIX.replace("message/delivery-status", "message/global-delivery-status")

OUT_OF_OFFICE = """From: Kari Berg <kari@teatret.example>
To: {to}
Subject: Automatisk svar: Paaminnelse
Auto-Submitted: auto-replied
Content-Type: text/plain; charset=utf-8

Jeg er ute til mandag.
"""

BY_HAND = """From: Kari Berg <kari@teatret.example>
To: {to}
Subject: Re: Paaminnelse
Content-Type: text/plain; charset=utf-8

Takk, jeg tar det i kveld.
"""

READ_RECEIPT = """From: Kari Berg <kari@teatret.example>
To: {to}
Subject: Lest: Paaminnelse
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822;kari@teatret.example
Disposition: manual-action/MDN-sent-manually; displayed

--b--
"""


def returned(pattern: str, to: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    """The message, as it lies in a folder or comes through a pipe."""
    return pattern.format(to=to, action=action, status=status).encode()
