"""Sources of plugins that cannot be used, with what is said of each: in their import, hooks, parts and detectors."""

PARTS = {
    "import error": ("import a_package_that_nobody_has", "ModuleNotFoundError: No module named 'a_package"),
    "syntax error": ("def (", "SyntaxError"),
    "exit": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "exception": ("1 / 0", "ZeroDivisionError"),
    "a KeyboardInterrupt of its own": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "a GeneratorExit": ("raise GeneratorExit('over')", "GeneratorExit: over"),
    "an error that is no Exception": ("class Odd(BaseException): pass\nraise Odd('x')", "Odd: x"),
    "an error that cannot be shown": (
        """
        class Mute(Exception):
            def __str__(self): raise KeyboardInterrupt
        raise Mute
        """,
        "Mute: its message cannot be shown (KeyboardInterrupt)",
    ),
    "no end of detectors": (
        """
        import itertools
        from collections.abc import Mapping
        from zoo_core.registry.hookspecs import hookimpl
        class Endless(Mapping):
            def __getitem__(self, key): return {}
            def __iter__(self): return map(str, itertools.count())
            def __len__(self): return 1
        @hookimpl
        def zoo_detectors(): return Endless()
        """,
        "zoo_detectors() returns more than 10000 items; is it endless?",
    ),
    "a configuration without end": (
        """
        import itertools
        from collections.abc import Mapping
        from zoo_core.registry.hookspecs import hookimpl
        class Endless(Mapping):
            def __getitem__(self, key): return {}
            def __iter__(self): return map(str, itertools.count())
            def __len__(self): return 1
        @hookimpl
        def zoo_detectors(): return {"yolo": Endless()}
        """,
        "the configuration of detector 'yolo' returns more than 10000 items; is it endless?",
    ),
    "a summary that cannot be shown": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        class Mute:
            def __str__(self): raise ValueError
        @hookimpl
        def zoo_detectors(): return {"yolo": {"summary": Mute()}}
        """,
        "the summary of detector 'yolo' should be a string, not a Mute",
    ),
    "a kind that does not exist": (
        """
        from typing import ClassVar, Literal
        from zoo_core.parts.components import Component, LossSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Some(LossSettings):
            kind: ClassVar[str] = "nonsense"
            name: Literal["some"] = "some"
        @hookimpl
        def zoo_components(): return [Component(Some, "a:B")]
        """,
        "Some has the kind 'nonsense'; a subclass must keep the kind of its base",
    ),
    "no hooks": ("def zoo_components(): return []", "implements none of the hooks zoo_components, zoo_detectors"),
    "misspelt hook": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_component(): return []
        """,
        "'zoo_component' is not a hook of the zoo; did you mean 'zoo_components'? hooks: zoo_components, zoo_detectors",
    ),
    "one good hook and one misspelt": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return []
        @hookimpl
        def zoo_detektors(): return {}
        """,
        "'zoo_detektors' is not a hook of the zoo; did you mean 'zoo_detectors'?",
    ),
    "arguments that the hook does not have": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(registry): return []
        """,
        "registry",
    ),
    "hook that raises": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): raise KeyError("lost")
        """,
        "KeyError: 'lost'",
    ),
    "generator that raises": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components():
            raise OSError("gone")
            yield
        """,
        "OSError: gone",
    ),
    "a number for components": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return 7
        """,
        "zoo_components() should return an iterable of Component; got 7",
    ),
    "a hook that forgets to return": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): pass
        """,
        "zoo_components() should return an iterable of Component; got None",
    ),
    "classes for components": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return [dict]
        """,
        "zoo_components() should return Component objects; got <class 'dict'>",
    ),
    "settings of no kind": (
        """
        from zoo_core.parts.components import Component, ComponentSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Odd(ComponentSettings):
            name: str = "odd"
        @hookimpl
        def zoo_components(): return [Component(Odd, "a:B")]
        """,
        "Component(settings=...) should be a subclass of BackboneSettings, NeckSettings, AnchorSettings,",
    ),
    "settings that are an object": (
        """
        from zoo_core.parts.components import Component
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_components(): return [Component("loss", "a:B")]
        """,
        "got 'loss'",
    ),
    "settings without a name": (
        """
        from zoo_core.parts.components import Component, LossSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Nameless(LossSettings):
            weight: float = 1
        @hookimpl
        def zoo_components(): return [Component(Nameless, "a:B")]
        """,
        "Nameless has no name; write name: Literal['...'] = '...'",
    ),
    "settings whose name cannot be set": (
        """
        from typing import ClassVar
        from zoo_core.parts.components import Component, LossSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Nameless(LossSettings):
            name: ClassVar[str] = "some"
        @hookimpl
        def zoo_components(): return [Component(Nameless, "a:B")]
        """,
        "Nameless has no name; write name: Literal['...'] = '...'",
    ),
    "settings that do not answer": (
        """
        from typing import Literal
        from zoo_core.parts.components import BackboneSettings, Component
        from zoo_core.registry.hookspecs import hookimpl
        class Mute(BackboneSettings):
            name: Literal["mute"] = "mute"
        @hookimpl
        def zoo_components(): return [Component(Mute, "a:B")]
        """,
        "Mute does not say feature_maps(), smallest_input()",
    ),
    "anchors of no format": (
        """
        from typing import Literal
        from zoo_core.parts.components import AnchorSettings, Component
        from zoo_core.registry.hookspecs import hookimpl
        class Bare(AnchorSettings):
            name: Literal["bare"] = "bare"
            def anchors_per_cell(self): return (1,)
        @hookimpl
        def zoo_components(): return [Component(Bare, "a:B")]
        """,
        "Bare does not say in which box format it works: gives = BoxFormat...",
    ),
    "divisors of a loss that are not divisors": (
        """
        from typing import Literal
        from zoo_core.parts.components import Component, LossSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Rough(LossSettings):
            name: Literal["rough"] = "rough"
            normalizer = None
            box_normalizer = "peaks"
        @hookimpl
        def zoo_components(): return [Component(Rough, "a:B")]
        """,
        "should say normalizer and box_normalizer = Normalizer... or None, normalizer, as it says box_normalizer, soft",
    ),
    "a target without a colon": (
        """
        from typing import Literal
        from zoo_core.parts.components import Component, LossSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Some(LossSettings):
            name: Literal["some"] = "some"
        @hookimpl
        def zoo_components(): return [Component(Some, "a.B")]
        """,
        "the target of 'some' should be 'package.module:Class'; got 'a.B'",
    ),
    "one name twice": (
        """
        from typing import Literal
        from zoo_core.parts.components import Component, LossSettings
        from zoo_core.registry.hookspecs import hookimpl
        class Some(LossSettings):
            name: Literal["some"] = "some"
        @hookimpl
        def zoo_components(): return [Component(Some, "a:B"), Component(Some, "a:C")]
        """,
        "two components of kind 'loss' and name 'some'",
    ),
    "a list of detectors": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_detectors(): return ["yolo"]
        """,
        "zoo_detectors() should return a dict of configurations by name; got ['yolo']",
    ),
    "a detector that is a name": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_detectors(): return {"yolo": "yolo.yaml"}
        """,
        "the configuration of detector 'yolo' should be a dict; got 'yolo.yaml'",
    ),
    "a detector whose name is a number": (
        """
        from zoo_core.registry.hookspecs import hookimpl
        @hookimpl
        def zoo_detectors(): return {5: {}}
        """,
        "names that are strings; got 5",
    ),
}
