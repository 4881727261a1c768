"""How Gradio makes tools of the functions of a web interface. Read in gradio 5.49."""

ROOT = "gradio."
# The switch by which an interface is an MCP server too, of what starts it and of what mounts it.
SWITCH = "mcp_server"
STARTS = ("launch", "mount_gradio_app")
# What gives functions to an interface: constructors and `api`, and the events of its parts.
CONSTRUCTORS = frozenset({"Interface", "ChatInterface", "api"})
EVENTS = frozenset(
    {
        *("change", "input", "click", "double_click", "submit", "edit", "clear", "play", "pause", "stop", "end"),
        *("start_recording", "pause_recording", "stop_recording", "focus", "blur", "upload", "release", "select"),
        *("stream", "like", "load", "unload", "key_up", "apply", "delete", "tick", "undo", "retry", "expand"),
        *("collapse", "download", "copy", "then", "success", "failure"),
    }
)
FUNCTION = "fn"
INPUTS = "inputs"
# Parts that give no text of their caller's: numbers, listed choices, and files that were sent, in a folder of its own.
NO_TEXTS = frozenset(
    {
        *("number", "slider", "checkbox", "checkboxgroup", "radio", "dropdown", "state"),
        *("file", "uploadbutton", "image", "audio", "video", "gallery", "model3d", "imageeditor"),
    }
)
# A choice that may be written all the same.
CUSTOM = "allow_custom_value"
# Arguments that keep a function out of the interface for programs, and with it out of the tools.
HIDING = {"api_name": ("False",), "show_api": ("False",), "api_visibility": ("private", "undocumented")}
# Arguments of a start: what it listens on, who may sign in, and whether a tunnel leads to it from everywhere.
HOST = "server_name"
AUTHENTICATION = ("auth", "auth_dependency")
SHARE = "share"
