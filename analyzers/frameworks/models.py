"""Libraries that ask language models: a question is posted, and all that it changes is an account's balance."""

# Roots of libraries that do nothing but ask models, and keep what is asked with.
ROOTS = frozenset(
    {
        *("openai", "anthropic", "litellm", "groq", "mistralai", "ollama", "cohere", "voyageai", "together"),
        *("langchain_openai", "langchain_anthropic", "langchain_ollama", "langchain_google_genai", "langchain_groq"),
        *("google.generativeai", "google.genai", "vertexai", "sentence_transformers", "transformers"),
    }
)
# How a question is posed, the last parts of a dotted name.
QUESTIONS = (
    *("completions.create", "responses.create", "messages.create", "embeddings.create", "completions.parse"),
    *("responses.parse", "moderations.create", "images.generate", "transcriptions.create", "messages.stream"),
    *("completion", "acompletion", "embedding", "aembedding", "chat", "embed", "generate", "invoke", "ainvoke"),
    *("generate_content", "generate_content_async", "embed_content", "send_message", "send_message_async"),
    *("embed_query", "embed_documents", "aembed_query", "encode", "predict", "stream", "astream", "chat.complete"),
)
# Clients of a cloud, by which one of its services asks models: Bedrock's.
CLOUDS = frozenset({"boto3", "aioboto3", "botocore"})
OF_CLOUDS = frozenset({"invoke_model", "invoke_model_with_response_stream", "converse", "converse_stream"})
# What keys of such services are called for, beside the libraries.
ASKED_FOR = frozenset({"embedding", "embeddings", "embedder", "rerank", "reranker", "reranking", "llm", "inference"})
# Agents: what they are run with does whatever its tools do.
AGENTS = ("pydantic_ai.Agent", "pydantic_ai.agent.Agent")
RUNS = frozenset({"run", "run_sync", "run_stream", "iter"})
EQUIPMENT = frozenset({"tools", "toolsets", "mcp_servers", "builtin_tools", "**"})
EQUIPPING = frozenset({"tool", "tool_plain", "toolset"})


def asks_model(name: str) -> bool:
    """Tell whether a call of a library only asks a model, `openai.OpenAI().chat.completions.create`."""
    first, _, rest = name.partition(".")
    if first in CLOUDS:
        return rest.rpartition(".")[2] in OF_CLOUDS
    roots = (first.removesuffix("()"), f"{first}.{rest.partition('.')[0]}")
    return not ROOTS.isdisjoint(roots) and name.endswith(tuple(f".{end}" for end in QUESTIONS))


def names_model_key(name: str) -> bool:
    """Tell whether a variable is called like the key of a service that only answers: `EMBEDDING_API_KEY`."""
    words = frozenset(name.lower().split("_"))
    return not words.isdisjoint(ASKED_FOR) or not words.isdisjoint(ROOTS)


def runs_agent(name: str) -> bool:
    """Tell whether a call runs an agent, which does by itself what its tools do."""
    owner, _, method = name.rpartition("().")
    return owner in AGENTS and method in RUNS
