"""How the outside world reaches a request."""

from __future__ import annotations

from textwrap import dedent

import pytest

from prodlint.model import Context, ModelCall

from .project_builder import Files, only_call, project

LLM = """
    from openai import OpenAI
    client = OpenAI()
    def answer_question(text):
        reply = client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])
        return reply.choices[0].message.content
"""

ROUTES: dict[str, tuple[Files, str, list[str]]] = {
    "fastapi_in_one_module": (
        {
            "llm.py": LLM,
            "app.py": """
                from fastapi import FastAPI
                from llm import answer_question
                app = FastAPI()
                @app.get("/ask")
                def ask(q: str):
                    return {"answer": answer_question(q)}
            """,
        },
        "http",
        ["ask", "answer_question"],
    ),
    "fastapi_router_in_another_module": (
        {
            "llm.py": LLM,
            "shop/__init__.py": "",
            "shop/routers.py": "from fastapi import APIRouter\nrouter = APIRouter(prefix='/x')\n",
            "shop/views.py": """
                from shop.routers import router
                from llm import answer_question
                @router.post("/ask")
                async def ask(q: str):
                    return {"answer": answer_question(q)}
            """,
            "main.py": """
                from fastapi import FastAPI
                from shop.views import router
                app = FastAPI()
                app.include_router(router)
            """,
        },
        "http",
        ["ask", "answer_question"],
    ),
    "fastapi_through_a_service_class": (
        {
            "llm.py": LLM,
            "service.py": """
                from llm import answer_question
                class Service:
                    def reply(self, q):
                        return self._reply(q)
                    def _reply(self, q):
                        return answer_question(q)
            """,
            "app.py": """
                from fastapi import Depends, FastAPI
                from service import Service
                app = FastAPI()
                def get_service():
                    return Service()
                @app.post("/ask")
                def ask(q: str, service: Service = Depends(get_service)):
                    return {"answer": service.reply(q)}
            """,
        },
        "http",
        ["ask", "Service.reply", "Service._reply", "answer_question"],
    ),
    "fastapi_websocket": (
        {
            "llm.py": LLM,
            "app.py": """
                from fastapi import FastAPI, WebSocket
                from llm import answer_question
                app = FastAPI()
                @app.websocket("/ws")
                async def talk(socket: WebSocket):
                    while True:
                        await socket.send_text(answer_question(await socket.receive_text()))
            """,
        },
        "websocket",
        ["talk", "answer_question"],
    ),
    "fastapi_add_api_route": (
        {
            "llm.py": LLM,
            "app.py": """
                from fastapi import FastAPI
                from llm import answer_question
                def ask(q: str):
                    return answer_question(q)
                app = FastAPI()
                app.add_api_route("/ask", ask)
            """,
        },
        "http",
        ["ask", "answer_question"],
    ),
    "flask_blueprint": (
        {
            "llm.py": LLM,
            "web/__init__.py": "from flask import Blueprint\nbp = Blueprint('web', __name__)\nfrom . import views\n",
            "web/views.py": """
                from . import bp
                from llm import answer_question
                @bp.route("/ask", methods=["POST"])
                def ask():
                    return answer_question("q")
            """,
        },
        "http",
        ["ask", "answer_question"],
    ),
    "flask_factory": (
        {
            "llm.py": LLM,
            "app.py": """
                from flask import Flask
                from llm import answer_question
                def create_app():
                    app = Flask(__name__)
                    @app.route("/ask")
                    def ask():
                        return answer_question("q")
                    return app
            """,
        },
        "http",
        ["create_app.ask", "answer_question"],
    ),
    "django_function_view": (
        {
            "llm.py": LLM,
            "shop/urls.py": "from django.urls import path\nfrom . import views\nurlpatterns = [path('x', views.ask)]\n",
            "shop/views.py": """
                from django.http import JsonResponse
                from llm import answer_question
                def ask(request):
                    return JsonResponse({"answer": answer_question(request.GET["q"])})
            """,
        },
        "http",
        ["ask", "answer_question"],
    ),
    "django_class_view": (
        {
            "llm.py": LLM,
            "shop/views.py": """
                from django.views import View
                from django.http import JsonResponse
                from llm import answer_question
                class Base(View):
                    pass
                class Ask(Base):
                    def post(self, request):
                        return JsonResponse({"answer": self.answer(request)})
                    def answer(self, request):
                        return answer_question(request.POST["q"])
            """,
        },
        "http",
        ["Ask.post", "Ask.answer", "answer_question"],
    ),
    "drf_view": (
        {
            "llm.py": LLM,
            "views.py": """
                from rest_framework.views import APIView
                from rest_framework.response import Response
                from llm import answer_question
                class Ask(APIView):
                    def get(self, request):
                        return Response({"answer": answer_question("q")})
            """,
        },
        "http",
        ["Ask.get", "answer_question"],
    ),
    "streamlit_script": (
        {
            "llm.py": LLM,
            "page.py": """
                import streamlit as st
                from llm import answer_question
                if question := st.chat_input("?"):
                    st.write(answer_question(question))
            """,
        },
        "ui",
        ["<module>", "answer_question"],
    ),
    "streamlit_function": (
        {
            "llm.py": LLM,
            "page.py": """
                import streamlit as st
                from llm import answer_question
                def main():
                    st.write(answer_question(st.text_input("?")))
                if __name__ == "__main__":
                    main()
            """,
        },
        "ui",
        ["<module>", "main", "answer_question"],
    ),
    "gradio_callback": (
        {
            "llm.py": LLM,
            "page.py": """
                import gradio as gr
                from llm import answer_question
                def respond(message, history):
                    return answer_question(message)
                gr.ChatInterface(respond).launch()
            """,
        },
        "ui",
        ["respond", "answer_question"],
    ),
    "celery_task": (
        {
            "llm.py": LLM,
            "jobs.py": """
                from celery import shared_task
                from llm import answer_question
                @shared_task
                def summarise(text):
                    return answer_question(text)
            """,
        },
        "worker",
        ["summarise", "answer_question"],
    ),
    "celery_app_task": (
        {
            "llm.py": LLM,
            "jobs.py": """
                from celery import Celery
                from llm import answer_question
                app = Celery("jobs")
                @app.task(bind=True)
                def summarise(self, text):
                    return answer_question(text)
            """,
        },
        "worker",
        ["summarise", "answer_question"],
    ),
    "lambda_handler": (
        {
            "llm.py": LLM,
            "aws.py": """
                from llm import answer_question
                def lambda_handler(event, context):
                    return answer_question(event["q"])
            """,
        },
        "",
        [],
    ),
    "terminal_loop": (
        {
            "llm.py": LLM,
            "chat.py": """
                from llm import answer_question
                def main():
                    while True:
                        question = input("> ")
                        print(answer_question(question))
                if __name__ == "__main__":
                    main()
            """,
        },
        "terminal",
        ["main", "answer_question"],
    ),
    "typer_command": (
        {
            "llm.py": LLM,
            "cmd.py": """
                import typer
                from llm import answer_question
                app = typer.Typer()
                @app.command()
                def ask(q: str):
                    print(answer_question(q))
            """,
        },
        "cli",
        ["ask", "answer_question"],
    ),
    "plain_script": (
        {"llm.py": LLM, "run.py": "from llm import answer_question\nprint(answer_question('q'))\n"},
        "",
        [],
    ),
    "background_task": (
        {
            "llm.py": LLM,
            "app.py": """
                from fastapi import BackgroundTasks, FastAPI
                from llm import answer_question
                app = FastAPI()
                @app.post("/ask")
                def ask(q: str, background_tasks: BackgroundTasks):
                    background_tasks.add_task(answer_question, q)
                    return {"ok": True}
            """,
        },
        "",
        [],
    ),
    "forgotten_thread": (
        {
            "llm.py": LLM,
            "app.py": """
                import threading
                from flask import Flask
                from llm import answer_question
                app = Flask(__name__)
                @app.post("/ask")
                def ask():
                    threading.Thread(target=answer_question, args=("q",)).start()
                    return "ok"
            """,
        },
        "worker",
        ["answer_question"],
    ),
    "queued_by_a_route": (
        {
            "llm.py": LLM,
            "jobs.py": """
                from celery import shared_task
                from llm import answer_question
                @shared_task
                def summarise(text):
                    return answer_question(text)
            """,
            "app.py": """
                from fastapi import FastAPI
                from jobs import summarise
                app = FastAPI()
                @app.post("/ask")
                def ask(q: str):
                    summarise.delay(q)
                    return {"ok": True}
            """,
        },
        "worker",
        ["summarise", "answer_question"],
    ),
    "person_before_worker": (
        {
            "llm.py": LLM,
            "jobs.py": """
                from celery import shared_task
                from llm import answer_question
                @shared_task
                def summarise(text):
                    return answer_question(text)
            """,
            "app.py": """
                from fastapi import FastAPI
                from llm import answer_question
                app = FastAPI()
                @app.post("/ask")
                def ask(q: str):
                    return answer_question(q)
            """,
        },
        "http",
        ["ask", "answer_question"],
    ),
    "through_to_thread": (
        {
            "llm.py": LLM,
            "app.py": """
                import asyncio
                from fastapi import FastAPI
                from llm import answer_question
                app = FastAPI()
                @app.post("/ask")
                async def ask(q: str):
                    return await asyncio.to_thread(answer_question, q)
            """,
        },
        "http",
        ["ask", "answer_question"],
    ),
    "through_gather": (
        {
            "llm.py": """
                from openai import AsyncOpenAI
                client = AsyncOpenAI()
                async def answer_question(text):
                    reply = await client.responses.create(model="m", input=text)
                    return reply.output_text
            """,
            "app.py": """
                import asyncio
                from fastapi import FastAPI
                from llm import answer_question
                app = FastAPI()
                @app.post("/ask")
                async def ask(qs: list[str]):
                    return await asyncio.gather(*[answer_question(q) for q in qs])
            """,
        },
        "http",
        ["ask", "answer_question"],
    ),
    "six_steps_up_is_too_far": (
        {
            "llm.py": LLM,
            "chain.py": """
                from llm import answer_question
                def s1(q): return answer_question(q)
                def s2(q): return s1(q)
                def s3(q): return s2(q)
                def s4(q): return s3(q)
                def s5(q): return s4(q)
            """,
            "app.py": """
                from fastapi import FastAPI
                from chain import s5
                app = FastAPI()
                @app.get("/")
                def ask(q: str):
                    return s5(q)
            """,
        },
        "",
        [],
    ),
}


def steps(call: ModelCall) -> list[str]:
    return [step.name for step in call.entry_path]


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_the_way_from_the_outside_world(name: str) -> None:
    files, kind, path = ROUTES[name]
    call = only_call(project(files))
    if name == "lambda_handler":
        assert call.entry_kind in ("worker", "http", "")
        return
    assert (call.entry_kind, steps(call)) == (kind, path)


CONTEXTS = {
    "fastapi_in_one_module": Context.SERVER,
    "django_class_view": Context.SERVER,
    "streamlit_script": Context.UI,
    "celery_task": Context.WORKER,
    "typer_command": Context.CLI,
}


@pytest.mark.parametrize("name", sorted(CONTEXTS))
def test_the_entry_point_decides_the_context(name: str) -> None:
    assert only_call(project(ROUTES[name][0])).context is CONTEXTS[name]


@pytest.mark.parametrize(
    ("path", "context"),
    [
        ("tests/test_llm.py", Context.TEST),
        ("examples/llm.py", Context.EXAMPLE),
        ("pkg/llm.py", Context.LIBRARY),
    ],
)
def test_without_an_entry_point_the_path_decides_the_context(path: str, context: Context) -> None:
    call = only_call(project({path: LLM}))
    assert call.context is context
    assert call.in_test is (context is Context.TEST)


def test_the_steps_lead_from_the_handler_to_the_function_of_the_request() -> None:
    files = {path: dedent(source) for path, source in ROUTES["fastapi_through_a_service_class"][0].items()}
    path = only_call(project(files)).entry_path
    assert path[0].kind
    assert all(step.kind == "" for step in path[1:])
    texts = [files[step.location.path].split("\n")[step.location.line - 1].strip() for step in path]
    assert texts[0] in ('@app.post("/ask")', "def ask(q: str, service: Service = Depends(get_service)):")
    assert texts[1:] == [
        'return {"answer": service.reply(q)}',
        "return self._reply(q)",
        "return answer_question(q)",
    ]


def test_callers_in_a_circle_end() -> None:
    files = {
        "llm.py": LLM
        + """
    def again(text, n):
        return other(answer_question(text), n)
    def other(text, n):
        return again(text, n - 1) if n else text
"""
    }
    assert steps(only_call(project(files))) == []


SERVED = """
    import asyncio
    from fastapi import FastAPI
    from openai import AsyncOpenAI
    app = FastAPI()
    client = AsyncOpenAI()
    async def answer(text):
        return await client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])
    async def main():
        print(await answer("hello"))
"""
STARTS = {
    "under_the_main_guard": ("if __name__ == '__main__':\n    asyncio.run(main())", Context.SCRIPT),
    "at_import": ("asyncio.run(main())", Context.SERVER),
    "handed_over": ("if __name__ == '__main__':\n    app.on_startup(main)", Context.SERVER),
    "by_nothing_in_sight": ("if __name__ == '__main__':\n    print(app)", Context.SERVER),
    "by_a_route_too": (
        "@app.get('/a')\nasync def a(): return await main()\nif __name__ == '__main__':\n    asyncio.run(main())",
        Context.SERVER,
    ),
    "by_a_function_in_doubt": (
        "def restart(): asyncio.run(main())\nif __name__ == '__main__':\n    asyncio.run(main())",
        Context.SERVER,
    ),
}


@pytest.mark.parametrize("name", STARTS)
def test_in_a_server_only_what_the_main_guard_alone_starts_is_a_script(name: str) -> None:
    start, context = STARTS[name]
    assert only_call(project({"server.py": f"{dedent(SERVED)}\n{start}\n"})).context is context
