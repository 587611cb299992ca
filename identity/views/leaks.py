"""Where anybody may report an API key they have found."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.operations.leaks import count_report, report_leak
from identity.serializers.keys import LeakReceipt, LeakReport


class LeakView(APIView):
    public = True
    # Whoever reports is not asked who they are, and no answer is kept: it would hold the key.
    authentication_classes = []
    idempotency = False

    @extend_schema(
        operation_id="report_leaked_key", request=LeakReport, responses={202: LeakReceipt}
    )
    def post(self, request: Request) -> Response:
        """End keys that were found where they do not belong. The answer tells nothing of them."""
        count_report(ip=request.META.get("REMOTE_ADDR", ""))
        form = LeakReport(data=request.data)
        form.is_valid(raise_exception=True)
        keys = form.validated_data["keys"]
        report_leak(keys=keys, now=timezone.now())
        return Response({"received": len(keys)}, status=202)
