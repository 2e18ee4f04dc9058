"""
What can stop a start. The message of each is a sentence for the person at the console.

EmbeddedError
├── AlreadyRunningError   another start holds the data folder
├── PortError             the port cannot be had
├── BrokerMissingError    there is no Valkey or Redis server on this machine
├── StartError            a program ended, or stayed silent, before it was ready
└── StepError             a preparation step failed
"""


class EmbeddedError(Exception):
    """The start cannot go on; the message says why and what to do."""


class AlreadyRunningError(EmbeddedError):
    """Another start holds the data folder: end that one first."""


class PortError(EmbeddedError):
    """The port is taken or forbidden: choose another."""


class BrokerMissingError(EmbeddedError):
    """No Valkey or Redis server can be run here: install one, or name one by REDIS_URL."""


class StartError(EmbeddedError):
    """A program was not ready in time: its log says why."""


class StepError(EmbeddedError):
    """A preparation step ended with an error: the message holds its last words."""
