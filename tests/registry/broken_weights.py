"""Sources of plugins whose hook of weights is wrong, with what is said of each."""

WEIGHTS = {
    "a hook of weights that forgets to return": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return None
        """,
        "zoo_weights() should return an iterable of ForeignWeights; got None",
    ),
    "names for weights": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return ['gluoncv']
        """,
        "zoo_weights() should return ForeignWeights objects; got 'gluoncv'",
    ),
    "weights of no library": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights(None, 'a:b')]
        """,
        "library of ForeignWeights should be a lower-case name such as 'gluoncv'; got None",
    ),
    "a library that is a drive": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('c', 'a:b')]
        """,
        "as 'gluoncv'; got 'c'",
    ),
    "a library with a colon": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('a:b', 'a:b')]
        """,
        "as 'gluoncv'; got 'a:b'",
    ),
    "names_here without a colon": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', 'a.b')]
        """,
        "names_here of the weights of 'lib' should be 'package.module:function'; got 'a.b'",
    ),
    "fetch that is a function": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published=('net',), fetch=print)]
        """,
        "fetch of the weights of 'lib' should be 'package.module:function'; got <built-in function print>",
    ),
    "a text for published": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published='net', fetch='a:b')]
        """,
        "published of the weights of 'lib' should be a tuple of names; got 'net'",
    ),
    "a number that is published": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published=(5,), fetch='a:b')]
        """,
        "published of the weights of 'lib' should hold names without a colon; got 5",
    ),
    "published with a colon": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published=('a:b',), fetch='a:b')]
        """,
        "should hold names without a colon; got 'a:b'",
    ),
    "published without a way to it": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published=('net',))]
        """,
        "published and fetch go together, and only published is given",
    ),
    "fetch of nothing": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', fetch='a:b')]
        """,
        "published and fetch go together, and only fetch is given",
    ),
    "weights of which nothing is known": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib')]
        """,
        "neither names_here nor published is given",
    ),
    "weights published twice": (
        """
        from zoo_core.plugin_api import ForeignWeights, hookimpl
        @hookimpl
        def zoo_weights(): return [ForeignWeights('lib', published=('net',), fetch='a:b')] * 2
        """,
        "zoo_weights() returns 'lib:net' twice",
    ),
}
