"""The writer that shows exemplars to GPT-5, or to a model behind any server with OpenAI's formats."""
