"""Where RabbitMQ 3.10, from which the transcripts are recorded, says other words than 3.6, which is the target."""

# (pattern, words of 3.6, why)
CORRECTIONS = [
    (r"expected all, any, all-with-x, or any-with-x", "expected all or any",
     "the two further forms of x-match came with 3.10"),
    (r"\. It could be originally declared on another connection or the exclusive property value does not match "
     r"that of the original declaration\.", "", "the sentence came with 3.7"),
    (r"(, )?x-first-death-(exchange|queue|reason)=S:'[^']*'", "", "these headers came with 3.7"),
    (r"""reply_text='((?:[^'"\\]|\\')*)"expected integer, got (\w+)"'""",
     lambda m: 'reply_text="' + m[1].replace("\\'", "'") + "{unacceptable_type," + m[2] + '}"',
     "3.6 shows the Erlang term"),
    (r"\{value_too_large,", "{value_too_big,", "the word of 3.6"),
    (r"reply_text='NOT_ALLOWED - vhost (\S*) not found'",
     lambda m: f"reply_text=\"NOT_ALLOWED - access to vhost '{m[1]}' refused for user 'guest'\"",
     "3.6 does not tell a missing one from a forbidden one"),
    (r"""reply_text='((?:[^'"\\]|\\')*)"unsupported queue mode \\'\w+\\'"'""",
     lambda m: 'reply_text="' + m[1].replace("\\'", "'") + 'invalid_queue_mode"', "3.6 shows the Erlang term"),
]
