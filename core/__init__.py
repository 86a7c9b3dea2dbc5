"""The conversation engine: knows Claude and Redis, no platform.

What its modules are for; begin with `contract`. Which of them stands on which is in pyproject.toml.

everywhere          contract dialogue draft errands errors environment folders newest outside settings
the door            door options access limits allowance refusals waiting
commands            commands desk accounts reports privacy
an answer           worker engine live prompts quoting history sizes memory resuming content claude tools
files in questions  attachments reading files paper
the screen          screen canvas sign greetings lull
Markdown            text sheet lines blocks containers characters formulas links unfinished
calls to platforms  governor precedence pacing budget ledger sharing
what is kept        store books rights
for platforms       called downloads lanes network owed trouble
for those who run   events telling logs trace meters pulse usage herald
"""

__version__ = "0.1.0"
