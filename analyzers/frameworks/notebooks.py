"""How programs run notebooks, and code in their kernels: with the rights of the process.

https://nbclient.readthedocs.io, https://jupyter-client.readthedocs.io, https://papermill.readthedocs.io.
"""

_MANAGERS = ("KernelManager", "AsyncKernelManager", "manager.KernelManager", "manager.AsyncKernelManager")
_CLIENTS = (
    *("BlockingKernelClient()", "AsyncKernelClient()", "KernelClient()"),
    *("blocking.BlockingKernelClient()", "asynchronous.AsyncKernelClient()", "client.KernelClient()"),
    *(f"{manager}().{made}()" for manager in _MANAGERS for made in ("client", "blocking_client")),
)
# Function -> name of its first argument, which is run as code.
CODE = {
    **{f"jupyter_client.{client}.{run}": "code" for client in _CLIENTS for run in ("execute", "execute_interactive")},
    "jupyter_kernel_client.KernelClient().execute": "code",
    "IPython.get_ipython().run_cell": "raw_cell",
    "IPython.core.interactiveshell.InteractiveShell().run_cell": "raw_cell",
    "IPython.core.interactiveshell.InteractiveShell.instance().run_cell": "raw_cell",
}
# What runs the cells of a notebook that was made or read before.
RUNNING = (
    *(f"nbclient.NotebookClient().{run}" for run in ("execute", "async_execute", "execute_cell", "async_execute_cell")),
    *("nbclient.execute", "papermill.execute_notebook", "papermill.execute.execute_notebook"),
    "nbconvert.preprocessors.ExecutePreprocessor().preprocess",
)
WRITING = "nbformat.write"
